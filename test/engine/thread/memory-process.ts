import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isEngineError } from '../../../engine/kernel';
import { startEngine } from '../../../engine/thread';

/** node --max-old-space-size=… memory-process.ts <file>: its engine runs out of memory in a call; prints what the caller sees. */
async function main(file: string): Promise<void> {
	const logged: string[] = [];
	const line = (message: string, facts?: object): void => void logged.push(`${message} ${JSON.stringify(facts ?? {})}`);
	const engine = await startEngine({ database: { kind: 'sqlite', file }, workerFile: join(__dirname, 'crashing-worker.cjs'), log: { info: line, warn: line, error: line } });
	const upsert = (userId: string) => engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: userId }] }], { source: 'test' });
	await upsert('before');
	writeFileSync(join(dirname(file), 'crash'), 'hoard upsert:before-commit');

	const during = await Promise.allSettled([upsert('during'), upsert('waiting')]);
	const after = await upsert('after');
	const seen = during.map((result) => (result.status === 'rejected' && isEngineError(result.reason) ? { code: result.reason.code, message: result.reason.message, details: result.reason.details } : result.status));
	process.stdout.write(JSON.stringify({ seen, after: after.created, profiles: await engine.profiles.count(), logged }));
	await engine.close();
}

void main(process.argv[2] ?? '');
