/**
 * Does `work` now and then again, `interval` milliseconds after it ended, until stopped.
 * @param onError told of what `work` throws; it is tried again all the same
 */
export function every(
  interval: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async () => {
    await work().catch(onError);
    if (!stopped) timer = setTimeout(() => void turn(), interval);
  };
  void turn();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
