import { setTimeout as sleep } from 'node:timers/promises';

import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import type { Engine, HandedOut } from '../../engine';
import { getEngine } from '../shared/engine';
import { toNodeError } from '../shared/errors';
import { engineLog } from '../shared/log';
import { isShuttingDown } from '../shared/shutdown';
import { filterOf } from './fields';

/** Rides in the emitted item and is taken off by execute(). */
export const DELIVERY_KEY = '_alert';

const POLL_MS = 1_000;
const LEASE_MS = 60_000;
/** The promise of an execution may never settle; then the lease is let run out. */
const CEILING_MS = 60 * 60_000;

/** Starts an execution for each piece of news; of all processes of n8n one has it at a time. */
export async function listen(this: ITriggerFunctions): Promise<ITriggerResponse> {
	// In the editor execute() shows a sample; a listener of a test run would take real news away from the published workflow.
	if (this.getMode() === 'manual') return {};
	const listener = { workflow: String(this.getWorkflow().id), step: this.getNode().id };
	const engine = await getEngine(this);
	try {
		await engine.alerts.listen(listener, filterOf(this));
	} catch (error) {
		throw toNodeError(this.getNode(), error);
	}
	const log = engineLog(this.logger);
	let open = true;
	const run = async () => {
		while (open && !isShuttingDown()) {
			try {
				const handed = await engine.alerts.next(listener, { leaseMs: LEASE_MS, limit: 1 });
				if (handed.news.length > 0) void emit(this, engine, handed).catch(() => log.warn('An alert may be told again: the database could not be reached when its execution had ended'));
				else await sleep(POLL_MS, undefined, { ref: false });
			} catch {
				if (!open) return;
				log.warn('Alerts could not be looked for; trying again');
				await sleep(POLL_MS, undefined, { ref: false });
			}
		}
	};
	void run();
	return {
		closeFunction: async () => {
			open = false;
		},
	};
}

async function emit(context: ITriggerFunctions, engine: Engine, { nonce, news }: HandedOut): Promise<void> {
	const done = context.helpers.createDeferredPromise<IRun>();
	const items = news.map(({ delivery, alert }): INodeExecutionData => ({ json: { ...(alert as unknown as IDataObject), [DELIVERY_KEY]: { delivery, nonce } } }));
	const startedAt = performance.now();
	const renewal = setInterval(() => {
		if (performance.now() - startedAt < CEILING_MS) engine.alerts.renew(nonce, LEASE_MS).catch(() => undefined);
	}, LEASE_MS / 3);
	renewal.unref();
	try {
		context.emit([items], undefined, done);
		// An execution that failed has run as well: n8n lists it, and it was told.
		const told = await done.promise.then((run: IRun | undefined) => run !== undefined, () => false);
		// When n8n is told to end, executions fail for that alone: the lease runs out, and the next start tells it.
		if (!isShuttingDown() || told) await engine.alerts.settle(nonce, told);
	} finally {
		clearInterval(renewal);
	}
}
