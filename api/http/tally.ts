/** How many requests of a client there were in this window, and when the next one begins, by `performance.now()`. */
export interface Count {
  counted: number;
  until: number;
}

/** Counts so many requests of a client more. */
export type CountRequests = (by: string, times: number) => Promise<Count>;

/** Milliseconds for which a process keeps to itself what it counted. */
const interval = 100;

interface Tally extends Count {
  /** Requests that were counted here, and that nobody was told of yet. */
  untold: number;
}

/**
 * Counts by `count` what comes so often that it would be felt to ask it each time. A client's first request is counted by it;
 * those that follow at once are counted here, and ten times a second it is told of them, and tells what other processes counted.
 * So a process counts less than there was by what the others served in that time at most.
 * @param onError told of what `count` throws when nobody's request waits for it; what it was to be told it is told the next time
 */
export function tallied(count: CountRequests, onError: (error: unknown) => void): CountRequests {
  const tallies = new Map<string, Tally>();
  let timer: NodeJS.Timeout | undefined;

  const tellLater = () => (timer ??= setTimeout(() => void tellAll(), interval));

  const tellAll = async () => {
    // Who asked nothing meanwhile comes first again when they do.
    for (const [by, { untold }] of tallies) if (untold === 0) tallies.delete(by);
    const told = await Promise.allSettled([...tallies].map(([by, tally]) => tell(by, tally)));
    const failed = told.find((one) => one.status === 'rejected');
    // Of one round one is told: they mostly have one reason.
    if (failed) onError(failed.reason);
    timer = undefined;
    if (tallies.size > 0) tellLater();
  };

  const tell = async (by: string, tally: Tally) => {
    const { untold } = tally;
    tally.counted += untold;
    tally.untold = 0;
    try {
      Object.assign(tally, await count(by, untold));
    } catch (error) {
      tally.counted -= untold;
      tally.untold += untold;
      // In the next window it counts no more.
      if (tally.until <= performance.now()) tallies.delete(by);
      throw error;
    }
  };

  const countFirst = async (by: string, times: number) => {
    const first = await count(by, times);
    const known = tallies.get(by);
    // Several may have come first at once.
    if (known && known.until > performance.now()) known.counted = Math.max(known.counted, first.counted);
    else tallies.set(by, { ...first, untold: 0 });
    tellLater();
    return first;
  };

  return (by, times) => {
    const tally = tallies.get(by);
    if (!tally || tally.until <= performance.now()) return countFirst(by, times);
    tally.untold += times;
    return Promise.resolve({ counted: tally.counted + tally.untold, until: tally.until });
  };
}
