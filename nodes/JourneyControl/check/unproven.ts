import type { Finding } from './finding';
import type { Graph } from './graph';
import { kindOf, walkedNodes } from './kinds';

/** Sign-up forms that say nothing of what people agree to: the tick is not asked for, and nothing could be shown to whoever asks for a proof. Forms of templates are looked at by Journey Content. */
export function formsWithoutConsent(graph: Graph): Finding[] {
	const forms = walkedNodes(graph).filter((node) => kindOf(node) === 'journeyOnSite' && node.parameters.content === 'form' && String(node.parameters.consentText ?? '').trim() === '');
	return forms.map(({ name }): Finding => ({
		level: 'problem', check: 'consent without a text', node: name,
		message: `The sign-up form of "${name}" has no consent text: people agree to nothing that is written down, and the proof of their consent is empty.`,
		todo: 'Write into Consent Text what they agree to: from whom, by which channel, and how often.',
	}));
}
