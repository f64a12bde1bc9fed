import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { madeBy } from '../shared/fields';
import { previewPeople } from '../shared/previewPeople';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';

const HINT = "Manual run: nothing was sent. The rendered notification and how many browsers it would go to are in the field 'webPush'. To see it in a browser, subscribe there as a test person and run the journey for them (Journey Control, Test).";

/** A manual run: rendered as the chosen profile, to look at. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const engine = await getEngine(context);
	const settings = settingsOf(context);
	const { purpose, topic, holding, trackClicks, urgency, ttlSeconds } = settings;
	return await previewPeople(context, opened, {
		field: 'webPush', channel: 'webpush', purpose, topic, ...(holding === undefined ? {} : { holding }), mostTests: 0,
		render: (manual, profileId) => engine.messages.previewWebPush({ profileId, item: manual.item.json as JsonObject, ...madeBy(settings), trackClicks, urgency, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) }),
		hint: () => HINT,
	});
}
