import { join } from 'node:path';

import { startEngine } from '../../../engine/thread';

/** Starts the engine, makes a profile, and ends without process.exit(): node client-process.ts <file> <close|forget> */
async function main(file: string, order: string): Promise<void> {
	const engine = await startEngine({ database: { kind: 'sqlite', file }, workerFile: join(__dirname, 'source-worker.cjs') });
	await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u1' }] }], { source: 'test' });
	process.stdout.write(`${await engine.profiles.count()} profile\n`);
	if (order === 'close') await engine.close();
}

const [file = '', order = ''] = process.argv.slice(2);
void main(file, order);
