/** How many messages a test of the tier "mesh" sends: as many as people were promised, fewer where time is short. */
export const meshSends = Number(process.env["MESH_SENDS"] ?? 2_000);

/**
 * How long the API server is away in the tests of an outage, in milliseconds. Thirty seconds are longer
 * than a lease lasts and than the way to the longest pause between tries.
 */
export const outageMs = Number(process.env["OUTAGE_SECONDS"] ?? 30) * 1_000;
