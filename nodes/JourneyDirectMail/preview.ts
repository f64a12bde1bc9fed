import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { DirectMailPreview, Engine, ForeseeRequest, InVariants, JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem, toNodeError } from '../shared/errors';
import { madeBy, readIdentity } from '../shared/fields';
import { ShownAs } from '../shared/shownAs';
import { stamped } from '../shared/stamp';
import type { ManualItem, Opened } from '../shared/step';
import { settingsOf, type DirectMailSettings } from './settings';

type Postal = NonNullable<ForeseeRequest['postal']>;

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere and sent to nobody, since each piece costs. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = await settingsOf(context);
	const shownAs = new ShownAs(context, engine);
	const postal: Postal = {};
	const places = new Map<number, Postal[number]>();
	for (const manual of opened.items) {
		try {
			const shown = await renderFor(context, engine, shownAs, settings, manual);
			shownAs.rendered(rendered.length, manual, shown.profile);
			const place = shown.to === null ? { reason: shown.reason ?? 'no postal address' } : { address: shown.to };
			places.set(rendered.length, place);
			if (shown.profile !== null) postal[shown.profile] = place;
			rendered.push(await outputItem(context, manual, shown));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(engine, settings, rendered, shownAs, { postal, places });
	context.addExecutionHints({ message: "Manual run: nothing was printed. What would be is in the field 'directMail', and its HTML as files to open under Binary.", location: 'outputPane' });
	return [rendered, failed];
}

async function renderFor(context: IExecuteFunctions, engine: Engine, shownAs: ShownAs, settings: DirectMailSettings, manual: ManualItem): Promise<InVariants<DirectMailPreview>> {
	const { purpose, address, from, print } = settings;
	return await engine.messages.previewDirectMail({ ...madeBy(settings), purpose, address, from, print, item: manual.item.json as JsonObject, profileId: await shownAs.named(manual, namedBy(context, manual)) });
}

function namedBy(context: IExecuteFunctions, manual: ManualItem): ReturnType<typeof readIdentity> {
	try {
		return readIdentity(context.getNodeParameter('identityKind', manual.index, 'email'), context.getNodeParameter('identityValue', manual.index, ''));
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

async function tellGuards(engine: Engine, { purpose, topic, holding }: DirectMailSettings, rendered: INodeExecutionData[], shownAs: ShownAs, { postal, places }: { postal: Postal; places: ReadonlyMap<number, Postal[number]> }): Promise<void> {
	const asked = { channel: 'directmail', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const guardsOf = await shownAs.guards({ ...asked, topic, postal }, 'message', (at) => ({ postal: { 0: places.get(at) ?? { reason: 'no postal address' } } }));
	for (const [at, { json }] of rendered.entries()) {
		Object.assign(json.directMail as IDataObject, { limits }, guardsOf(at));
	}
}
