/** Whether this process traces. Checked before any work is done for a span. */
export const tracing = { on: false };
