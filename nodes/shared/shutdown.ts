import type { Engine } from '../../engine';
import { pendingLeases } from './pump';

const POLL_MS = 250;
/** Executions without a lease (a form, a schedule) finish too; n8n ends the process as soon as none is left. */
const CALM_POLLS = 20;

let ending = false;

/** n8n has been told to end. It stops its task runner first, so what fails from now on says nothing about the people in it. */
export function isShuttingDown(): boolean {
	return ending;
}

/**
 * On SIGTERM n8n lets running executions finish before it ends the process, and their nodes still call the engine.
 * So the engine is closed only when no lease has been pending for five seconds. When n8n is quicker, nothing is lost: the database
 * is crash-safe and the leases run out.
 */
export function closeOnShutdown(engine: Engine): void {
	const onSignal = () => {
		ending = true;
		let calm = 0;
		const timer = setInterval(() => {
			calm = pendingLeases() > 0 ? 0 : calm + 1;
			if (calm < CALM_POLLS) return;
			clearInterval(timer);
			engine.close().catch(() => undefined);
		}, POLL_MS);
		timer.unref();
	};
	for (const signal of ['SIGTERM', 'SIGINT'] as const) {
		// A listener of ours alone would switch off Node's own ending of the process.
		if (process.listenerCount(signal) > 0) process.once(signal, onSignal);
	}
}
