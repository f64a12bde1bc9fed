import type { Finding } from './finding';
import type { CheckedNode, Graph } from './graph';
import { kindOf } from './kinds';

/** A group of senders has numbers (Twilio's messaging service, Plivo's powerpack); whatever else holds a letter is a name (3GPP TS 23.040, 9.1.2.5). */
const GROUP = /^(MG[0-9a-f]{32}|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})$/i;
const WAY_OUT = /unsubscribeUrl|preferencesUrl/;

/** Marketing from a name: phones cannot answer it, so STOP never arrives, whatever the last line says. Senders of Settings and credentials are not seen here. */
export function cannotBeAnswered(graph: Graph): Finding[] {
	return [...graph.nodes.values()].filter((node) => kindOf(node) === 'journeySms' && !node.disabled).flatMap((node): Finding[] => {
		const { purpose = 'marketing', options, text } = node.parameters;
		const { unsubscribeHint = '' } = (options ?? {}) as { unsubscribeHint?: unknown };
		const names = sendersOf(node).filter((from) => /\p{L}/u.test(from) && !GROUP.test(from));
		const [name] = names;
		if (name === undefined || purpose !== 'marketing' || WAY_OUT.test(`${String(text ?? '')} ${String(unsubscribeHint)}`)) return [];
		return [{
			level: 'warning', check: 'nobody can answer', node: node.name,
			message: `"${node.name}" sends marketing from ${names.length === 1 ? `the name ${name}` : `names such as ${name}`}, which no phone can answer: who replies STOP stays subscribed.`,
			todo: 'Write {{ links.unsubscribeUrl }} into Unsubscribe Hint, or send from a number.',
		}];
	});
}

function sendersOf({ parameters }: CheckedNode): string[] {
	const { from, countrySenders } = parameters as { from?: unknown; countrySenders?: { values?: Array<{ from?: unknown }> } };
	return [from, ...(countrySenders?.values ?? []).map((one) => one.from)].filter((one): one is string => typeof one === 'string' && !one.startsWith('=')).map((one) => one.trim());
}
