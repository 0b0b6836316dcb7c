/** Prints lines with the seconds since the command began, on stderr. */
export const createProgress = (): ((line: string) => void) => {
  const began = performance.now();
  return (line) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.error(`[${seconds.padStart(5)} s] ${line}`);
  };
};
