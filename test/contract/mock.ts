import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PRISM = join(__dirname, 'prism', 'node_modules', '@stoplight', 'prism-cli', 'dist', 'index.js');
const UP_WITHIN_MS = 60_000;

export interface Mock {
	url: string;
	close(): Promise<void>;
}

/** Prism on a free port of this machine, made from a copy of the description that `mend` may change (its README names what Prism cannot read). */
export async function startMock(description: string, mend: (yaml: string) => string = (yaml) => yaml, dynamic = false): Promise<Mock> {
	const folder = mkdtempSync(join(tmpdir(), 'contract-'));
	const copy = join(folder, 'description.yaml');
	writeFileSync(copy, mend(readFileSync(join(process.env.JOURNEYS_OPENAPI ?? '', description), 'utf8')));
	const port = await freePort();
	const child = spawn(process.execPath, [PRISM, 'mock', ...(dynamic ? ['-d'] : []), '--host', '127.0.0.1', '--port', String(port), copy], { stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
	await up(child, port, () => said);
	return {
		url: `http://127.0.0.1:${port}`,
		close: async () => {
			const ended = new Promise((resolve) => child.once('exit', resolve));
			child.kill();
			await ended;
			rmSync(folder, { recursive: true });
		},
	};
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

async function up(child: ChildProcess, port: number, said: () => string): Promise<void> {
	for (let waited = 0; waited < UP_WITHIN_MS; waited += 200) {
		if (child.exitCode !== null) break;
		if (await fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false)) return;
		await delay(200);
	}
	child.kill();
	throw new Error(`Prism did not start: ${said()}`);
}
