import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { DirectMailPreview, Engine, ForeseeRequest, InVariants, JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem, toNodeError } from '../shared/errors';
import { madeBy, readIdentity } from '../shared/fields';
import { foreseeFor } from '../shared/foresight';
import { stamped } from '../shared/stamp';
import type { ManualItem, Opened } from '../shared/step';
import { settingsOf, type DirectMailSettings } from './settings';

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere and sent to nobody, since each piece costs. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = await settingsOf(context);
	const profiles = new Map<number, number>();
	const postal: NonNullable<ForeseeRequest['postal']> = {};
	for (const manual of opened.items) {
		try {
			const shown = await renderFor(context, engine, settings, manual);
			if (shown.profile !== null) {
				profiles.set(rendered.length, shown.profile);
				postal[shown.profile] = shown.to === null ? { reason: shown.reason ?? 'no postal address' } : { address: shown.to };
			}
			rendered.push(await outputItem(context, manual, shown));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(context, engine, settings, rendered, profiles, postal);
	context.addExecutionHints({ message: "Manual run: nothing was printed. What would be is in the field 'directMail', and its HTML as files to open under Binary.", location: 'outputPane' });
	return [rendered, failed];
}

async function renderFor(context: IExecuteFunctions, engine: Engine, settings: DirectMailSettings, manual: ManualItem): Promise<InVariants<DirectMailPreview>> {
	const { purpose, address, from, print } = settings;
	return await engine.messages.previewDirectMail({ ...madeBy(settings), purpose, address, from, print, item: manual.item.json as JsonObject, profileId: await profileOf(context, engine, manual) });
}

/** The profile that the trigger chose; for an item from elsewhere the one that it names, if there is one. */
async function profileOf(context: IExecuteFunctions, engine: Engine, manual: ManualItem): Promise<number | null> {
	if (manual.profile !== null) return manual.profile;
	try {
		const identity = readIdentity(context.getNodeParameter('identityKind', manual.index, 'email'), context.getNodeParameter('identityValue', manual.index, ''));
		return identity === null ? null : ((await engine.profiles.get(identity))?.id ?? null);
	} catch (error) {
		throw toNodeError(context.getNode(), error, manual.index);
	}
}

async function outputItem(context: IExecuteFunctions, manual: ManualItem, { pages, mergeVariables, to, reason, profile, variant, otherVariants = [] }: InVariants<DirectMailPreview>): Promise<INodeExecutionData> {
	const directMail: IDataObject = {
		message: null, status: 'rendered', reason: 'Manual run: nothing is recorded, printed or posted', pages: { ...pages }, mergeVariables, to: to === null ? null : { ...to }, problem: reason,
		...(variant === undefined ? {} : { variant, otherVariants: otherVariants.map((other) => ({ variant: other.variant, pages: { ...other.pages }, mergeVariables: other.mergeVariables })) }),
	};
	const item = stamped(manual.item, manual.index, { manual: true, profile }, { directMail });
	const binary: Record<string, IBinaryData> = { ...item.binary };
	// n8n shows HTML as source only; the file, downloaded under Binary, opens as it would be drawn.
	for (const [side, html] of Object.entries(pages)) if (html.includes('<')) binary[side] = await context.helpers.prepareBinaryData(Buffer.from(html), `${side}.html`, 'text/html');
	return { ...item, ...(Object.keys(binary).length === 0 ? {} : { binary }) };
}

async function tellGuards(context: IExecuteFunctions, engine: Engine, { purpose, topic, holding }: DirectMailSettings, rendered: INodeExecutionData[], profiles: ReadonlyMap<number, number>, postal: ForeseeRequest['postal']): Promise<void> {
	const asked = { channel: 'directmail', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const foreseen = await foreseeFor(context, engine, { ...asked, topic, profiles: [...profiles.values()], postal }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		const profile = profiles.get(at);
		Object.assign(json.directMail as IDataObject, { limits }, profile === undefined ? {} : { guards: { ...foreseen.get(profile) } });
	}
}
