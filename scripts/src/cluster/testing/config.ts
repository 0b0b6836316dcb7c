/** How many messages a test of the tier "mesh" sends: as many as people were promised, fewer where time is short. */
export const meshSends = Number(process.env["MESH_SENDS"] ?? 2_000);
