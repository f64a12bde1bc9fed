import type { INode, INodeTypeDescription } from 'n8n-workflow';

import type { Engine, SmsEstimateRequest, TextContent } from '../../engine';
import { drawnPanel, sendingIn, templateOf } from '../shared/fields';
import { sharedContent } from './content';
import { baseSender, chosenProvider, countrySenders, makingIn, textOf } from './settings';

/** What a drawn Journey SMS says of its messages. `made`: null where an expression makes the text, which only the items tell. */
export interface DrawnSms extends Pick<SmsEstimateRequest, 'purpose' | 'topic' | 'holding' | 'variants' | 'senders' | 'trackClicks' | 'smartEncoding' | 'unsubscribeHint' | 'prices' | 'provider'> {
	made: { content: TextContent; template?: undefined } | { content?: undefined; template: string } | null;
}

/** A drawing names a credential and does not have it: its Default From, if nothing else names a sender. */
const OF_THE_CREDENTIAL = 'credential';

/** Throws a NodeOperationError that names the field. */
export async function drawnSms(node: Pick<INode, 'id' | 'name' | 'type' | 'typeVersion' | 'parameters'>, description: INodeTypeDescription, engine: Pick<Engine, 'settings'>): Promise<DrawnSms> {
	const panel = drawnPanel(node, description);
	const template = templateOf(panel);
	const content = template === null ? sharedContent(panel) : null;
	return {
		...sendingIn(panel), ...makingIn(panel),
		senders: { default: textOf(panel, 'from') || (await baseSender(panel, {}, engine)) || OF_THE_CREDENTIAL, byCountry: countrySenders(panel) },
		provider: chosenProvider(panel).value,
		made: template !== null ? (template.startsWith('=') ? null : { template }) : content === null ? null : { content },
	};
}
