// Tests on real parts that take a while to start: one for each file, and gone after it, however the tests end.
import anyTest, { type TestFn } from 'ava';
import { startEngine, type TestEngine } from '../engine/engine.ts';
import { startInstallation, type TestInstallation } from './installation.ts';

function withContext<T extends { stop: () => Promise<void> }>(start: () => Promise<T>): TestFn<T> {
  const test = anyTest as TestFn<T>;
  // One after another, for those of a file that need it.
  test.serial.before(async (t) => {
    t.timeout(600_000);
    t.context = await start();
  });
  test.after.always(async (t) => {
    t.timeout(900_000);
    // Undefined when it did not even start.
    await (t.context as Partial<T>).stop?.();
  });
  return test;
}

export const withInstallation = (options?: Parameters<typeof startInstallation>[0]): TestFn<TestInstallation> =>
  withContext(() => startInstallation(options));

export const withEngine = (): TestFn<TestEngine> => withContext(startEngine);
