import type { ICredentialDataDecryptedObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { WhatsAppTemplateView } from '../../engine';
import { getEngine } from '../shared/engine';
import { byName, described, type Choice } from '../shared/fields/listing';
import { nameIn } from '../shared/fields/locator';
import { Fields } from '../JourneySms/providers/choice';
import { whatsAppProviderChoice } from './providers';

/** Meta's by name, each once however many languages it has; Twilio's by SID. With what would keep them from being sent. */
async function searchWhatsAppTemplates(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const byId = new Map<string, WhatsAppTemplateView[]>();
		for (const template of await templatesOf(this)) byId.set(template.id, [...(byId.get(template.id) ?? []), template]);
		return [...byId].map(([id, templates]) => choiceOf(id, templates)).sort((a, b) => byName(a.name, b.name));
	});
}

/** Of the template that is chosen beside the field. */
async function searchWhatsAppLanguages(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const template = nameIn(this.getCurrentNodeParameter('template'));
		const found = (await templatesOf(this)).filter(({ id }) => template === '' || id === template);
		return [...new Set(found.map(({ language }) => language))].sort(byName).map((language) => ({ value: language, name: language }));
	});
}

async function templatesOf(context: ILoadOptionsFunctions): Promise<WhatsAppTemplateView[]> {
	const choice = whatsAppProviderChoice(String(context.getCurrentNodeParameter('provider') ?? ''));
	if (choice === undefined) return [];
	const credential = await context.getCredentials<ICredentialDataDecryptedObject>(choice.credential);
	return await (await getEngine(context)).messages.whatsAppTemplates(choice.configOf(new Fields(credential, choice.name)));
}

function choiceOf(id: string, templates: readonly WhatsAppTemplateView[]): Choice {
	const { name, category, parameters } = templates[0];
	const states = [...new Set(templates.flatMap(({ status }) => (status === null || status === 'approved' ? [] : [status])))];
	const about = [...(category === null ? [] : [category]), `${parameters.length} ${parameters.length === 1 ? 'parameter' : 'parameters'}`, templates.map(({ language }) => language).filter((language) => language !== '').join(', '), ...states];
	return { value: id, name: `${name} (${about.filter((part) => part !== '').join('; ')})` };
}

export const templateLists = { searchWhatsAppTemplates, searchWhatsAppLanguages };
