import { knownTemplates } from '../channels/whatsapp';
import type { FilledTemplate, WhatsAppConfig, WhatsAppTemplateView } from '../channels/types';
import { EngineError } from '../kernel';
import type { SendPurpose } from './types';
import { filled } from './whatsapp-content';
import type { WhatsAppMaking, WhatsAppTemplateContent } from './whatsapp-types';

/** What the service will never send, whoever it is for. */
const GONE: ReadonlySet<string> = new Set(['rejected', 'disabled', 'deleted']);
/** Where Liquid chooses it, every language has to fit. */
const isChosen = (language: string): boolean => /\{[{%]/.test(language);

/** What is wrong with templates for everyone, as far as the service can be asked. Throws BAD_INPUT. `step`: its name. */
export async function checkTemplates(step: string, { content, whenClosed, purpose }: Pick<WhatsAppMaking, 'content' | 'whenClosed' | 'purpose'>, config: WhatsAppConfig): Promise<void> {
	for (const template of [content, whenClosed]) {
		if (template?.kind !== 'template') continue;
		const problem = shapeProblem(template, config) ?? fitProblem(template, config, purpose, await knownTemplates(config, template.id));
		if (problem !== null) throw new EngineError('BAD_INPUT', `"${step}": ${problem} Nothing was sent.`, { template: template.id });
	}
}

function shapeProblem({ id, language, header, buttons = [] }: WhatsAppTemplateContent, { kind }: WhatsAppConfig): string | null {
	if (id.trim() === '') return 'No template is chosen. Choose one.';
	if (kind === 'meta') return language.trim() === '' ? `The template ${id} has no language. Fill it in as WhatsApp Manager shows it, such as en_US.` : null;
	if (!/^HX[0-9a-f]{32}$/i.test(id)) return `"${id}" is no content template of Twilio's. Choose one, or write its SID, which begins with HX.`;
	return header !== undefined || buttons.length > 0 ? 'At Twilio header and buttons are filled in by the variables of the content, too. Take the others out.' : null;
}

function fitProblem(template: WhatsAppTemplateContent, { kind }: WhatsAppConfig, purpose: SendPurpose, views: WhatsAppTemplateView[] | null): string | null {
	if (views === null) return null;
	if (views.length === 0) return `There is no template "${template.id}" in this account. Choose another one.`;
	const meant = kind === 'twilio' || isChosen(template.language) ? views : views.filter(({ language }) => language === template.language);
	if (meant.length === 0) return `The template "${template.id}" does not exist in the language ${template.language}. There are: ${views.map(({ language }) => language).sort().join(', ')}.`;
	const gone = meant.find(({ status }) => status !== null && GONE.has(status));
	if (gone !== undefined) return `WhatsApp has not approved the template "${gone.name}" (${gone.status}). Choose another one.`;
	// Who may get it is decided by what WhatsApp calls it: a sale is no bill.
	if (purpose === 'transactional' && meant.some(({ category }) => category === 'marketing')) return `"${meant[0]?.name}" is a marketing template, and Purpose says Transactional. Set Purpose to Marketing, so that it goes only to people who want it, or choose another template.`;
	const given = filled(template, kind);
	for (const view of meant) {
		const problem = differenceOf(given, view, kind);
		if (problem !== null) return `The template "${view.name}"${view.language === '' ? '' : ` (${view.language})`} ${problem}`;
	}
	return null;
}

function differenceOf({ header, body, buttons }: FilledTemplate, view: WhatsAppTemplateView, kind: WhatsAppConfig['kind']): string | null {
	const numbered = view.parameters.every((name) => /^\d+$/.test(name));
	const given = body.map(({ name }, index) => (name === '' ? String(index + 1) : name));
	const wanted = kind === 'meta' && numbered ? view.parameters.map((_name, index) => String(index + 1)) : view.parameters;
	if (given.length !== wanted.length) return `has ${counted(wanted.length, 'parameter')}, and the step gives ${given.length}. ${wanted.length === 0 ? 'Take them out.' : `Fill in: ${wanted.join(', ')}.`}`;
	const other = wanted.filter((name) => !given.includes(name));
	if (other.length > 0) return `has parameters that the step does not give: ${other.join(', ')}.`;
	if (kind === 'twilio') return null;
	if ((header?.kind ?? 'none') !== view.header) return view.header === 'none' ? 'has no header to fill in. Set Header to None.' : `has a header that is ${view.header === 'text' ? 'a text' : view.header === 'image' ? 'an image' : `a ${view.header}`}. Fill it in under Header.`;
	const lacking = view.buttons.find((button) => !buttons.some(({ index, kind: of }) => index === button.index && of === button.kind));
	if (lacking !== undefined) return `has a button at place ${lacking.index + 1} that must be given ${lacking.kind === 'url' ? 'the end of its address' : 'the code to copy'}. Add it under Buttons.`;
	const more = buttons.find(({ index, kind: of }) => of !== 'quickReply' && !view.buttons.some((button) => button.index === index && button.kind === of));
	return more === undefined ? null : `has no such button at place ${more.index + 1}. Take it out under Buttons.`;
}

function counted(count: number, what: string): string {
	return `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
}
