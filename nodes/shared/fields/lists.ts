import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { getEngine } from '../engine';
import { entriesIn } from './filter';
import { besideIn, byName, described, listed, placeOf } from './listing';
import { listsOfData } from './listsOfData';
import { listsOfJourneys } from './listsOfJourneys';
import { previewRule } from './rulePreview';
import { templateLists } from './template';

async function searchSegments(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).segments.list()).map(({ name }) => name).sort(byName));
}

async function searchLists(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).lists.list()).map(({ name }) => name).sort(byName));
}

/** Segments and lists alike. */
async function searchGroups(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const engine = await getEngine(this);
		return [...(await engine.segments.list()), ...(await engine.lists.list())].map(({ name }) => name).sort(byName);
	});
}

async function searchScoreModels(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).scores.models()).map(({ name }) => name));
}

/** Buckets of the score model beside the field, lowest first; or its grades, best first, where that is asked for beside it. */
async function searchLevels(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const name = besideIn(this, 'scoreModel') || besideIn(this, 'model');
		const model = name === '' ? null : await (await getEngine(this)).scores.model(name);
		if (model === null) return [];
		// Whoever is below the last one.
		if (besideIn(this, 'scoreLevel') === 'grade' || placeOf(this).some((part) => part.startsWith('grade['))) return [...model.grades.map(({ grade }) => grade), 'F'];
		return model.buckets.map((bucket) => bucket.name);
	});
}

/** In their own order; those that the very panel defines first, where it says which moves back it allows. */
async function searchStages(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const drawn = placeOf(this)[0] === 'moves' ? entriesIn(this.getCurrentNodeParameter('stages'), 'stage').map(({ name }) => String(name ?? '').trim()) : [];
		const { stages } = await (await getEngine(this)).scores.stages();
		return [...new Set([...drawn, ...stages.map(({ name }) => name)])].filter((name) => name !== '');
	});
}

/** Keys of the topics in the settings, in their order. */
async function searchTopics(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).settings.get()).values.topics.map(({ key }) => key));
}

/** In the order of the settings: the first is the default. */
async function searchEmailSenders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await sendersOf(this, 'email', filter);
}

async function searchSmsSenders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await sendersOf(this, 'sms', filter);
}

async function searchWhatsAppSenders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await sendersOf(this, 'whatsapp', filter);
}

async function searchStarters(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).templates.starters()).map(({ key, name, description }) => ({ value: key, name: `${name}: ${description}` })));
}

async function searchBlocks(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).blocks.list()).map(({ key, name }) => ({ value: key, name: name === key ? key : `${name} (${key})` })));
}

/** Templates of every channel, by key and name. */
async function searchTemplates(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).templates.list()).map(({ key, name }) => ({ value: key, name: name === key ? key : `${name} (${key})` })));
}

async function searchCouponPools(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).coupons.pools()).map(({ name, left }) => ({ value: name, name: `${name} (${left} left)` })));
}

async function searchImages(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).images.list({ limit: 1_000 })).map(({ id, name, width, height }) => ({ value: name ?? id, name: `${name ?? `Replaced, ${id.slice(0, 8)}`} (${width} × ${height})` })));
}

async function searchProductFeeds(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => (await (await getEngine(this)).products.feeds()).map(({ name, products }) => ({ value: name, name: `${name} (${products} products)` })));
}

async function sendersOf(context: ILoadOptionsFunctions, of: 'email' | 'sms' | 'whatsapp', filter?: string): Promise<INodeListSearchResult> {
	return await described(context, filter, async () => {
		const { values } = await (await getEngine(context)).settings.get();
		return values.senders.filter(({ channel }) => channel === of).map(({ key, name, address }) => ({ value: key, name: `${key}: ${name === undefined ? address : `${name} <${address}>`}` }));
	});
}

/** For `methods = { listSearch }` of every node with a name locator. */
export const listSearch = {
	...listsOfData, ...listsOfJourneys, ...templateLists, searchBlocks, searchSegments, searchLists, searchGroups, searchScoreModels, searchLevels, searchStages, searchTopics, searchEmailSenders, searchSmsSenders, searchWhatsAppSenders, searchStarters, searchTemplates, searchCouponPools, searchImages, searchProductFeeds, previewRule,
};
