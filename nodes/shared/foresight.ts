import type { IExecuteFunctions } from 'n8n-workflow';

import type { Engine, Foreseen, ForeseeRequest } from '../../engine';

/**
 * What the guards would do with this message now, if a journey sent it, by profile; when they object, with a hint on the canvas.
 * `what`: mail, message.
 */
export async function foreseeFor(
	context: IExecuteFunctions,
	engine: Engine,
	request: ForeseeRequest,
	what: string,
): Promise<Map<number, Omit<Foreseen, 'profile'>>> {
	if (request.profiles.length === 0) return new Map();
	const foreseen = await engine.messages.foresee(request);
	const kept = foreseen.filter(({ verdict }) => verdict !== 'send');
	if (kept.length > 0) context.addExecutionHints({ type: 'warning', location: 'outputPane', message: objection(kept, foreseen.length, what) });
	return new Map(foreseen.map(({ profile, ...rest }) => [profile, rest]));
}

function objection(kept: readonly Foreseen[], people: number, what: string): string {
	const causes = new Map<string, number>();
	for (const { verdict, reason, until } of kept) {
		const cause = verdict === 'hold' ? `held until ${until ?? ''} (${reason ?? ''})` : `skipped (${reason ?? ''})`;
		causes.set(cause, (causes.get(cause) ?? 0) + 1);
	}
	const list = [...causes].map(([cause, count]) => (people === 1 ? cause : `${count} of ${people} ${cause}`)).join('; ');
	return `In a journey this ${what} would now be ${list}. The field 'limits' of each ${what} lists the caps, quiet hours and blackout dates of Profile Engine: Settings; what this node does then is under Options.`;
}
