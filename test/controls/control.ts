export interface Control {
  /** What is gone without it. */
  what: string;
  file: string;
  /** Stands exactly once in the file. */
  from: string;
  to: string;
  /** The test file that notices. */
  test: string;
}
