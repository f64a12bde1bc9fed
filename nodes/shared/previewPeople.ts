import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, HoldingPolicy, SendPurpose } from '../../engine';
import { getEngine } from './engine';
import { failItem } from './errors';
import { foreseeFor } from './foresight';
import { stamped } from './stamp';
import type { ManualItem, Opened } from './step';

/** What a manual run of a sender asks of it. */
export interface Previewing {
	/** The item's field that it comes out in. */
	field: string;
	channel: string;
	purpose: SendPurpose;
	topic: string;
	holding?: HoldingPolicy;
	/** As which devices count, where the provider serves only some. */
	platforms?: string[];
	/** Tests that a run sends at most. */
	mostTests: number;
	render(manual: ManualItem, profile: number | null, mayTest: boolean): Promise<{ profile: number | null; sentTo: string | null; trouble: string | null } & object>;
	hint(sent: number): string;
}

/** A manual run: rendered as the chosen profile, to look at, with what the guards would say. Recorded nowhere. */
export async function previewPeople(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>, asked: Previewing): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const profiles = new Map<number, number>();
	const troubles = new Set<string>();
	let sent = 0;
	for (const manual of opened.items) {
		try {
			const { profile, sentTo, trouble, ...rendition } = await asked.render(manual, await profileOf(context, engine, manual), sent < asked.mostTests);
			if (sentTo !== null) sent += 1;
			if (trouble !== null) troubles.add(trouble);
			if (profile !== null) profiles.set(rendered.length, profile);
			const about: IDataObject = { message: null, status: sentTo === null ? 'rendered' : 'test', reason: 'Manual run: nothing is recorded and no customer gets it', sentTo, ...rendition, ...(trouble === null ? {} : { trouble }) };
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { [asked.field]: about }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(context, engine, asked, rendered, profiles);
	tellTroubles(context, troubles);
	context.addExecutionHints({ message: asked.hint(sent), location: 'outputPane' });
	return [rendered, failed];
}

/** What a journey would hold of what was looked at. */
export function tellTroubles(context: IExecuteFunctions, troubles: ReadonlySet<string>): void {
	for (const trouble of troubles) context.addExecutionHints({ type: 'warning', message: `In a journey this message would not leave. ${trouble}`, location: 'outputPane' });
}

/** The profile that the trigger chose; for an item from elsewhere the one with its user id, if there is one. */
async function profileOf(context: IExecuteFunctions, engine: Engine, manual: ManualItem): Promise<number | null> {
	if (manual.profile !== null) return manual.profile;
	const userId = String(context.getNodeParameter('contactUserId', manual.index, '') ?? '').trim();
	return userId === '' ? null : ((await engine.profiles.get({ kind: 'user_id', value: userId }))?.id ?? null);
}

async function tellGuards(context: IExecuteFunctions, engine: Engine, asked: Previewing, rendered: INodeExecutionData[], profiles: ReadonlyMap<number, number>): Promise<void> {
	const { channel, purpose, topic, holding, platforms, field } = asked;
	const about = { channel, purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(about);
	const foreseen = await foreseeFor(context, engine, { ...about, topic, profiles: [...profiles.values()], ...(platforms === undefined ? {} : { platforms }) }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		const profile = profiles.get(at);
		Object.assign(json[field] as IDataObject, { limits }, profile === undefined ? {} : { guards: { ...foreseen.get(profile) } });
	}
}
