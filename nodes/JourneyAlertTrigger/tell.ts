import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Alert, AlertNews } from '../../engine';
import { isManualMode } from '../shared/contact';
import { getEngine } from '../shared/engine';
import { rootModeOf } from '../shared/runtime';
import { callEngine } from '../shared/step';
import { filterOf } from './fields';
import { DELIVERY_KEY } from './listen';

/** In the editor: the newest real alert that would be told, else this one. */
const SAMPLE: Omit<AlertNews, 'at'> = {
	news: 'raised', id: 0, kind: 'complaints', journey: { name: 'Welcome Series', workflow: 'abc123', step: 'trigger' }, step: null,
	reason: '"Welcome Series": 0.5 % of 1200 messages of the last 24 hours were marked as spam; the limit is 0.3. It paused itself: nobody in it goes on or is sent anything. Look at what it sends and to whom, then let it go on with Journey Control: Resume.',
	number: 0.5, of: 1200, usual: 0.1, limit: 0.3, paused: true, overAt: null,
};

export async function tell(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	const handed = items.map(({ json }) => deliveryOf(json));
	if (isManualMode(rootModeOf(this)) || handed.every((one) => one === null)) return [[await sample(this)]];
	const engine = await getEngine(this);
	const nonce = handed.find((one) => one !== null)?.nonce ?? '';
	const mine = new Set(await callEngine(this, () => engine.alerts.held(nonce, handed.flatMap((one) => (one === null ? [] : [one.delivery])))));
	return [items.flatMap((item, index) => {
		const delivery = handed[index]?.delivery;
		if (delivery === undefined || !mine.has(delivery)) return [];
		const { [DELIVERY_KEY]: _taken, ...json } = item.json;
		return [{ json, pairedItem: { item: index } }];
	})];
}

function deliveryOf(json: IDataObject): { delivery: number; nonce: string } | null {
	const value = json[DELIVERY_KEY];
	if (typeof value !== 'object' || value === null || !('nonce' in value) || !('delivery' in value)) return null;
	return { delivery: Number(value.delivery), nonce: String(value.nonce) };
}

/** Reads only. */
async function sample(context: IExecuteFunctions): Promise<INodeExecutionData> {
	const engine = await getEngine(context);
	const alert = await callEngine(context, async () => {
		const { kinds, workflows } = filterOf(context);
		const isMeant = ({ kind, journey }: Alert) => (kinds.length === 0 || kinds.includes(kind)) && (workflows.length === 0 || journey === null || workflows.includes(journey.workflow));
		return (await engine.alerts.list({ limit: 100 })).find(isMeant);
	});
	return { json: (alert === undefined ? { ...SAMPLE, at: new Date().toISOString() } : { news: 'raised', ...alert }) as unknown as IDataObject, pairedItem: { item: 0 } };
}
