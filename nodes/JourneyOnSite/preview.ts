import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { madeBy } from '../shared/fields';
import { foreseeFor } from '../shared/foresight';
import { stamped } from '../shared/stamp';
import type { ManualItem, Opened } from '../shared/step';
import { settingsOf } from './settings';
import type { OnSiteSettings } from './settings';

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere, shown to nobody. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = settingsOf(context);
	const profiles = new Map<number, number>();
	for (const manual of opened.items) {
		try {
			const { content, profile, variant, otherVariants = [] } = await engine.messages.previewOnSite({ profileId: await profileOf(context, engine, manual), item: manual.item.json as JsonObject, ...madeBy(settings), showing: settings.showing });
			if (profile !== null) profiles.set(rendered.length, profile);
			const onSite: IDataObject = { message: null, status: 'rendered', reason: 'Manual run: nothing is recorded and nobody sees it', kind: settings.showing.kind, ...(content as unknown as IDataObject), showing: settings.showing as unknown as IDataObject, ...(variant === undefined ? {} : { variant, otherVariants: otherVariants.map((other) => ({ variant: other.variant, ...(other.content as unknown as IDataObject) })) }) };
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { onSite }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(context, engine, settings, rendered, profiles);
	context.addExecutionHints({ message: "Manual run: nothing was sent. The rendered message is in the field 'onSite'.", location: 'outputPane' });
	return [rendered, failed];
}

/** The profile that the trigger chose; for an item from elsewhere the one with its address, if there is one. */
async function profileOf(context: IExecuteFunctions, engine: Engine, manual: ManualItem): Promise<number | null> {
	if (manual.profile !== null) return manual.profile;
	const email = String(context.getNodeParameter('contactEmail', manual.index, '') ?? '').trim();
	return email === '' ? null : ((await engine.profiles.get({ kind: 'email', value: email }))?.id ?? null);
}

async function tellGuards(context: IExecuteFunctions, engine: Engine, { purpose, topic, holding }: OnSiteSettings, rendered: INodeExecutionData[], profiles: ReadonlyMap<number, number>): Promise<void> {
	const asked = { channel: 'onsite', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const foreseen = await foreseeFor(context, engine, { ...asked, topic, profiles: [...profiles.values()] }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		const profile = profiles.get(at);
		Object.assign(json.onSite as IDataObject, { limits }, profile === undefined ? {} : { guards: { ...foreseen.get(profile) } });
	}
}
