import type { IExecuteFunctions, IHookFunctions, ILoadOptionsFunctions, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import type { Engine } from '../../engine';
import { closeOnShutdown } from './shutdown';
import { databaseOf, markerFileOf } from './database';
import type { Database } from './database';
import { engineLog } from './log';
import { toNodeError } from './errors';
import { noting } from './noting';

export type EngineContext = IExecuteFunctions | ITriggerFunctions | ILoadOptionsFunctions | IWebhookFunctions | IHookFunctions;

/**
 * Engines of this process by database. On globalThis, since an update of the package loads the modules anew
 * while old triggers keep running with the old copy: both must meet in one engine.
 */
const REGISTRY = Symbol.for('n8n-nodes-journeys.engine.v1');

interface Registry {
	engines: Map<string, Promise<Engine>>;
	/** Set by useEngine: wins over every database. */
	given: Engine | null;
}

type GlobalWithRegistry = typeof globalThis & { [REGISTRY]?: Registry };

function registry(): Registry {
	return ((globalThis as GlobalWithRegistry)[REGISTRY] ??= { engines: new Map(), given: null });
}

/**
 * The engine of this process for the database that is set: JOURNEYS_DATABASE_URL, else the node's optional
 * `journeysDatabaseApi` credential, else the embedded file in n8n's user folder. Started at the first call.
 * In an execution it notes whom that has read or written, for the report of an erasure.
 * Throws a NodeOperationError that says what to set.
 */
export async function getEngine(context: EngineContext): Promise<Engine> {
	const engine = await bareEngine(context);
	return 'getInputData' in context ? noting(engine, context).engine : engine;
}

/** The same for who notes by themselves, and where there is no execution. */
export async function bareEngine(context: EngineContext): Promise<Engine> {
	const { given } = registry();
	if (given) return given;
	try {
		return await engineFor(await databaseOf(context), context);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** Puts an engine in the place of the process-wide one; null goes back to the real ones. For tests. */
export function useEngine(engine: Engine | null): void {
	registry().given = engine;
}

async function engineFor(database: Database, context: EngineContext): Promise<Engine> {
	const { engines } = registry();
	const key = database.kind === 'sqlite' ? `sqlite:${database.file}` : `postgres:${database.url}`;
	const running = engines.get(key);
	if (running) return await running;
	const starting = start(database, context);
	engines.set(key, starting);
	// Not kept when it fails: the next call tries again, when the server may be back or the disk free.
	starting.then(closeOnShutdown, () => engines.delete(key));
	return await starting;
}

async function start(database: Database, context: EngineContext): Promise<Engine> {
	// Loaded at the first use: n8n loads every node file at its start, whether a journey runs or not.
	const { startEngine } = await import('../../engine/index.js');
	return await startEngine({ database, instanceId: context.getInstanceId(), markerFile: markerFileOf(database), log: engineLog(context.logger) });
}
