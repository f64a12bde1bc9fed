import type { MessagePort } from 'node:worker_threads';

import type { Engine } from '../api';
import { EngineError, type Log } from '../kernel';
import { withOwnBytes } from './bytes';
import { crashName, framesOf, toCrossing } from './errors';
import { DOMAINS, type FromThread, type LogLevel, type ToThread } from './protocol';

type Methods = Record<string, unknown>;

/**
 * The engine's side: starts it, answers calls in whatever order they finish, passes on wakes and log lines, closes.
 * `end` is called when nothing is left to do.
 */
export async function serve(port: MessagePort, create: (log: Log) => Promise<Engine>, end: () => void): Promise<void> {
	const post = (message: FromThread, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
	const line = (level: LogLevel): Log['info'] => (message, facts) => post({ kind: 'log', level, message, ...(facts === undefined ? {} : { facts }) });
	const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };

	// A forgotten promise must not take down people's sends in flight. A thrown error nobody caught does end the thread:
	// then the state is unknown, and the host starts a new one.
	process.on('unhandledRejection', (reason) => log.error('An error in the journeys engine was not handled', { cause: crashName(reason), at: framesOf(reason) }));

	let engine: Engine;
	try {
		engine = await create(log);
	} catch (error) {
		if (!(error instanceof EngineError)) log.error('The engine could not start', { at: framesOf(error) });
		post({ kind: 'refused', error: toCrossing(error, 'start') });
		end();
		return;
	}
	engine.onWake(({ workflow, step }) => post({ kind: 'wake', workflow, step }));

	const cancelling = new Map<number, AbortController>();

	async function answer({ id, domain, method, args, cancellable }: ToThread & { kind: 'call' }): Promise<void> {
		const during = `${domain}.${method}`;
		const controller = new AbortController();
		if (cancellable) cancelling.set(id, controller);
		try {
			const { value, transfer } = withOwnBytes(await invoke(engine, domain, method, cancellable ? [...args, controller.signal] : args));
			post({ kind: 'result', id, result: value }, transfer);
		} catch (error) {
			const crossing = toCrossing(error, during);
			if (crossing.code === 'INTERNAL') log.error('A call to the engine failed', { during, at: framesOf(error) });
			post({ kind: 'error', id, error: crossing });
		} finally {
			cancelling.delete(id);
		}
	}

	async function close(): Promise<void> {
		try {
			await engine.close();
		} catch (error) {
			log.error('The engine did not close cleanly', { at: framesOf(error) });
		}
		port.close();
		end();
	}

	port.on('message', (message: ToThread) => {
		if (message.kind === 'call') void answer(message);
		else if (message.kind === 'cancel') cancelling.get(message.id)?.abort();
		else void close();
	});
	post({ kind: 'ready' });
}

async function invoke(engine: Engine, domain: string, method: string, args: unknown[]): Promise<unknown> {
	if (domain === 'engine' && method === 'health') return await engine.health();
	const known = DOMAINS.find((name) => name === domain);
	const methods = known === undefined ? undefined : (engine[known] as unknown as Methods);
	const callee = methods?.[method];
	if (typeof callee !== 'function' || method in Object.prototype) {
		throw new EngineError('BAD_INPUT', `The engine has no ${domain}.${method}. Node pack and engine are of different versions: restart n8n.`);
	}
	return (await Reflect.apply(callee, methods, args)) as unknown;
}
