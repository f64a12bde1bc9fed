import type { INode } from 'n8n-workflow';

import type { Channel } from '../../engine';
import { nameOf } from './family';

const ANY = 'journeyAnyChannel';

/** Our own senders by what consent and the ledger call their channel. */
export const CHANNEL_OF: ReadonlyMap<string, Exclude<Channel, 'ads'>> = new Map([['journeyDirectMail', 'directmail'], ['journeyEmail', 'email'], ['journeySms', 'sms'], ['journeyWhatsApp', 'whatsapp'], ['journeyChat', 'chat'], ['journeyPush', 'push'], ['journeyWebPush', 'webpush'], ['journeyOnSite', 'onsite']]);

/** What consent and the ledger call what this node sends by; undefined: it sends nothing. */
export function channelOf({ type, parameters }: Pick<INode, 'type' | 'parameters'>): string | undefined {
	const name = nameOf(type) ?? '';
	return name === ANY ? String(parameters.channel ?? 'chat') : CHANNEL_OF.get(name);
}
