import { createHash } from 'node:crypto';

import type { Chances } from './evidence';

/** Uniform on [0, 1), 53 bits, from what somebody is called: the same every time, and another for another salt. */
export function drawOf(salt: string, subject: string | number): number {
	const hash = createHash('sha256').update(`split\0${salt.length}:${salt}${subject}`).digest();
	return (hash.readUInt32BE(0) * 2 ** 21 + (hash.readUInt32BE(4) >>> 11)) / 2 ** 53;
}

/** The path in whose part of [0, 1) the draw lies; parts lie in the order of path numbers, which stays when outputs are moved. */
export function pathAt(chances: Chances, draw: number): number {
	const parts = Object.entries(chances).map(([path, chance]) => ({ path: Number(path), chance })).filter(({ chance }) => chance > 0).sort((one, other) => one.path - other.path);
	let end = 0;
	for (const { path, chance } of parts) {
		end += chance;
		if (draw < end) return path;
	}
	// Parts that add up to a hair less than 1.
	return parts.at(-1)?.path ?? 0;
}
