import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { madeBy } from '../shared/fields';
import { previewPeople } from '../shared/previewPeople';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';

/** All go to one phone. */
const MOST_TESTS = 3;

/** A manual run: rendered as the chosen profile, as it would go to the provider. Sent to the test device or nobody. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const engine = await getEngine(context);
	const settings = await settingsOf(context);
	const { testDevice, purpose, topic, holding, trackClicks, priority, ttlSeconds, provider } = settings;
	return await previewPeople(context, opened, {
		field: 'push', channel: 'push', purpose, topic, ...(holding === undefined ? {} : { holding }), mostTests: MOST_TESTS,
		platforms: [provider.kind === 'onesignal' && provider.by === 'externalId' ? 'user_id' : provider.kind],
		render: (manual, profileId, mayTest) => engine.messages.previewPush({
			profileId, item: manual.item.json as JsonObject, ...madeBy(settings), trackClicks, priority, provider, ...(ttlSeconds === undefined ? {} : { ttlSeconds }), ...(testDevice !== '' && mayTest ? { testDevice } : {}),
		}),
		hint: (sent) => (testDevice === ''
			? "Manual run: nothing was sent. The rendered notification and how many devices it would go to are in the field 'push'. Fill in 'Test Device' to get it on a phone."
			: `Manual run: ${sent} ${sent === 1 ? 'notification' : 'notifications'} went to the test device, none to a customer.`),
	});
}
