import type { Receipt } from '../../channels/push';
import type { SignedReport } from '../types';
import type { Asked } from './claim';

/**
 * One report a message, as it has one line in the ledger: delivered as soon as one device has it; bounced or failed once it is known that none has. Where the devices disagree on why,
 * what an operator can mend comes first.
 */
export function reportsOf(asked: readonly Asked[], answers: ReadonlyMap<string, Receipt>): SignedReport[] {
	const byMessage = new Map<string, Array<{ kind: Receipt['kind'] | null; reason: string | null }>>();
	for (const { ticket, message, outcome, reason } of asked) {
		const answer = answers.get(ticket);
		const known = answer === undefined ? { kind: outcome, reason } : { kind: answer.kind, reason: answer.kind === 'ok' ? null : answer.reason };
		byMessage.set(message, [...(byMessage.get(message) ?? []), known]);
	}
	return [...byMessage].flatMap(([message, known]): SignedReport[] => {
		const of = (kind: Receipt['kind']) => known.find((one) => one.kind === kind);
		const about = { message, providerId: null, address: null, atMs: null, provider: 'expo', channel: 'push' as const };
		if (of('ok') !== undefined) return [{ ...about, kind: 'delivered', id: `receipt:${message}:delivered` }];
		if (known.some(({ kind }) => kind === null)) return [];
		const failed = of('failed');
		if (failed !== undefined) return [{ ...about, kind: 'failed', id: `receipt:${message}:failed`, reason: failed.reason ?? '' }];
		const soft = of('bounced');
		const why = soft ?? of('gone');
		return [{ ...about, kind: 'bounced', id: `receipt:${message}:bounced`, bounce: soft === undefined ? { type: 'hard', category: 'not-registered' } : { type: 'soft', category: 'rate' }, reason: why?.reason ?? '' }];
	});
}
