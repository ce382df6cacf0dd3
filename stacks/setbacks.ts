/** Work that may be stopped, and that goes on when a part of it fails which it can do without. */
export interface Setbacks {
  /** Stops the work. */
  signal: AbortSignal;
  /** Told what went wrong. */
  onSetback: (error: unknown) => void;
}
