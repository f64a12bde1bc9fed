import type { JsonObject } from '../../../kernel';
import { compileEmailCached, textsIn, variablesIn, type EmailContent, type RenderScope, type Surroundings } from '../../../templates';
import { compileContent, problemsOf } from '../contents';
import { shownOfLibrary, type ContentDeps } from '../index';
import { itemOf, versionOf, type Version } from '../items';
import { PREVIEW_LINKS } from '../preview';
import { aroundFor, readShown } from '../shown';
import type { InLanguages, LintFinding, LintReport, LintRequest, TemplateContent, TemplateSample } from '../types';
import { checkFields } from './fields';
import { found, type Found } from './finding';
import { webAddresses } from './links';
import { checkMail } from './mail';
import { readMarkup, type Markup } from './markup';
import { reachLinks } from './reach';
import { checkSubject } from './subject';
import { checkVariables, type Known } from './unresolved';

/** Characters that tracking adds to an address: the collector's own and a token that holds the address (a third longer). */
const TRACKED = { own: 140, share: 4 / 3 };

/** What is wrong with a template in each of its languages, with each of its test data. Throws NOT_FOUND. */
export async function checkTemplate(deps: ContentDeps, request: LintRequest): Promise<LintReport> {
	const { item, version } = await deps.store.read(async (reader) => {
		const template = await itemOf<InLanguages<TemplateContent>>(reader, 'template', request.key);
		const of: Version<InLanguages<TemplateContent>> = request.version === undefined ? { content: template.draft, ...(await readShown(reader)) } : await versionOf<InLanguages<TemplateContent>>(reader, template, request.version);
		return { item: template, version: of };
	});
	const samples = item.samples as TemplateSample[];
	const attributes = (await deps.profiles.attributes()).map(({ name }) => name);
	const bytes: Record<string, number> = {};
	const findings: LintFinding[] = [];
	for (const [language, content] of Object.entries(version.content.languages).sort(([a], [b]) => (a < b ? -1 : 1))) {
		const around = aroundFor(version, language);
		const known: Known = { attributes, samples, brand: (around.brand ?? {}) };
		const one = await checkOne(item.channel ?? '', content, around, known, { ...request, shown: await shownOfLibrary(deps, content, around, null) });
		if (one.bytes !== null) bytes[language] = one.bytes;
		findings.push(...one.findings.map((finding) => ({ ...finding, language })));
	}
	const count = (severity: LintFinding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
	return { key: item.key, version: request.version ?? null, errors: count('error'), warnings: count('warning'), hints: count('hint'), bytes, findings };
}

type Shown = Pick<RenderScope, 'library' | 'products'>;

async function checkOne(channel: string, content: TemplateContent, around: Surroundings, known: Known, request: LintRequest & { shown: Shown }): Promise<{ findings: Found[]; bytes: number | null }> {
	const problems = await problemsOf('', () => compileContent(channel, content, around));
	if (problems.length > 0) return { bytes: null, findings: problems.map(({ field, line, message }) => found('error', 'not-valid', { field, where: line === null ? null : `line ${line}` }, message, 'Correct it: it cannot be published like this')) };
	const format = channel === 'email' ? (content as EmailContent).body.kind : 'text';
	const variables: Found[] = [];
	for (const { text, path } of textsIn(content as JsonObject).filter(({ path }) => path !== 'body.kind')) {
		const field = path === 'body.source' ? 'body' : path;
		variables.push(...checkVariables(await variablesIn(text, field, field === 'body' ? format : 'text', around), field, known));
	}
	if (channel !== 'email') {
		const shown = await Promise.all(scopes(known.samples).map((scope) => checkFields(channel, content, around, { ...scope, ...request.shown })));
		const reached = request.checkLinks === true ? await reachLinks([...new Set(shown.flatMap(({ links }) => webAddresses(links)))]) : [];
		return { bytes: null, findings: once([...variables, ...shown.flatMap(({ findings }) => findings), ...reached]) };
	}
	const mails = await Promise.all(scopes(known.samples).map((scope) => checkedMail(content as EmailContent, around, { ...scope, ...request.shown }, request)));
	const reached = request.checkLinks === true ? await reachLinks([...new Set(mails.flatMap(({ markup }) => webAddresses(markup.links)))]) : [];
	return { bytes: Math.max(...mails.map((mail) => mail.bytes)), findings: once([...variables, ...mails.flatMap(({ findings }) => findings), ...reached]) };
}

/** Each of the test data; without any a person of whom nothing is known. */
function scopes(samples: readonly TemplateSample[]): RenderScope[] {
	const all = samples.length === 0 ? [{ profile: {}, event: null, item: {} }] : samples;
	return all.map(({ profile, event = null, item = {} }) => ({ profile, event, item, journey: { name: 'Preview' }, links: PREVIEW_LINKS }));
}

async function checkedMail(content: EmailContent, around: Surroundings, scope: RenderScope, { purpose = 'marketing' }: LintRequest): Promise<{ findings: Found[]; bytes: number; markup: Markup }> {
	const compiled = await compileEmailCached({ ...content, around });
	const rendered = await compiled.render(scope);
	const sent = await compiled.render(scope, { openUrl: `https://${'x'.repeat(TRACKED.own)}`, clickUrl: (url) => `https://${'x'.repeat(TRACKED.own + Math.ceil(url.length * TRACKED.share))}` });
	const markup = readMarkup(rendered.html);
	const bytes = Buffer.byteLength(sent.html);
	return { markup, bytes, findings: [...checkSubject(rendered.subject), ...checkMail({ rendered, markup, bytes, purpose, plain: content.body.kind === 'text', preheader: (content.preheader ?? '').trim() !== '' })] };
}

/** What several of the test data show is said once. */
function once(findings: readonly Found[]): Found[] {
	return [...new Map(findings.map((finding) => [`${finding.rule} ${finding.field} ${finding.where}`, finding])).values()];
}
