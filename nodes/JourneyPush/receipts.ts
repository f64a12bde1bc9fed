import type { ITriggerFunctions } from 'n8n-workflow';

import type { Engine } from '../../engine';
import { Fields } from '../JourneySms/providers/choice';
import { engineLog } from '../shared/log';
import { pushProviderChoice } from './providers';

/** Expo is asked minutes later what became of a notification. The engine keeps no access token, so after a restart of n8n it has it from here, whether or not the step sends again. */
export async function tellReceipts(context: ITriggerFunctions, engine: Pick<Engine, 'messages'>): Promise<void> {
	const choice = pushProviderChoice(String(context.getNodeParameter('provider', '')));
	if (choice?.value !== 'expo') return;
	try {
		await engine.messages.askReceiptsBy(choice.configOf(new Fields(await context.getCredentials(choice.credential), choice.name)));
	} catch (error) {
		// A workflow with a credential that is gone is published as before, and says so when somebody is to be sent to.
		engineLog(context.logger).warn(`"${context.getNode().name}" cannot ask Expo what became of its notifications until it has sent again: its credential could not be read`, { reason: error instanceof Error ? error.message : 'unknown' });
	}
}
