/** Waiting with an end. It leaves no timer behind that would keep the program alive. */

/** What the promise gives, or null if that takes longer. */
export async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | null> {
  let stop = () => {};
  const late = new Promise<null>((resolve) => {
    const timer = setTimeout(() => resolve(null), milliseconds);
    stop = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop();
  }
}
