import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The demo's modules are ES modules that know their place on disk: they are loaded from the project, not compiled along. */
const demo = async <Module>(file: string): Promise<Module> => (await import(pathToFileURL(join(process.cwd(), 'demo', file)).href)) as Module;

export interface RunningN8n {
	url: string;
	/** n8n's own database. */
	database: string;
	/** The engine's database, where the nodes of this n8n keep it. */
	journeys: string;
	/** credentials: made first, and put into every node that asks for their type. */
	publish(workflow: object, credentials?: Array<{ name: string; type: string; data: Record<string, unknown> }>): Promise<void>;
	/** CPU time that n8n has used up to now, all threads and children; null where there is no /proc. */
	cpuMs(): number | null;
	log(): string;
	stop(): Promise<void>;
}

/** A real n8n in a folder of its own, with this pack laid as a community install lays it. */
export async function startN8n(env: Record<string, string> = {}): Promise<RunningN8n> {
	const { packPack, layPack } = await demo<typeof import('../../demo/lay-pack.mjs')>('lay-pack.mjs');
	const { startN8n: start } = await demo<typeof import('../../demo/start-n8n.mjs')>('start-n8n.mjs');
	const { setUpOwner, importWorkflow, saveCredential } = await demo<typeof import('../../demo/n8n-rest.mjs')>('n8n-rest.mjs');
	const userFolder = mkdtempSync(join(tmpdir(), 'journeys-bench-wake-'));
	try {
		await layPack({ userFolder, tarball: await packPack() });
		const n8n = await start({ userFolder, env });
		const session = await setUpOwner(n8n);
		return {
			url: n8n.url,
			database: join(userFolder, '.n8n', 'database.sqlite'),
			journeys: join(userFolder, '.n8n', 'journeys', 'journeys.sqlite'),
			publish: async (workflow, credentials = []) => {
				const saved: Record<string, { id: string; name: string }> = {};
				for (const credential of credentials) saved[credential.type] = await saveCredential(session, credential);
				await importWorkflow(session, workflow, { credentials: saved });
			},
			cpuMs: () => groupCpuMs(n8n.pid),
			log: () => n8n.log(),
			stop: async () => {
				await n8n.stop(20_000);
				rmSync(userFolder, { recursive: true, force: true });
			},
		};
	} catch (error) {
		rmSync(userFolder, { recursive: true, force: true });
		throw error;
	}
}

/** Linux counts in ticks of 10 ms (USER_HZ). */
const TICK_MS = 10;

/** CPU time of a process group, which other load on the machine does not change as it does wall time. */
function groupCpuMs(group: number): number | null {
	try {
		let ticks = 0;
		for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
			const stat = statOf(pid);
			// After the name in brackets: state, ppid, pgrp, ..., utime and stime as 12th and 13th.
			const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
		}
		return ticks * TICK_MS;
	} catch {
		return null;
	}
}

function statOf(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'utf8');
	} catch {
		// It ended meanwhile.
		return '';
	}
}
