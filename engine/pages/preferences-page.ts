import type { CentreView } from '../preferences';
import { document, escapeHtml, filled, filledHtml, framed, type PageResponse, type PageScene } from './frame';
import { spoken } from './language';
import { LANGUAGES, OWN_NAMES, TAGS, TEXTS, type Language, type Texts } from './texts';

/** Fields of the form. `was` repeats what the page showed, so that only what the person changed is stored. */
export const FIELD = { action: 'do', was: 'was', topic: 'topic', channel: 'channel', frequency: 'frequency', pause: 'pause', language: 'language', sale: 'sale' } as const;
export const SAVE = 'save';
export const LEAVE_ALL = 'leave-all';
export const RESEND = 'resend';
const A_WEEK = [3, 1];
const PAUSES = [7, 14, 30, 90];

export interface Shown {
	view: CentreView;
	/** The browser sent Sec-GPC: 1. */
	privacySignal: boolean;
	/** Languages that messages are written in; one or none: all that the pages speak. */
	languages: readonly string[];
	/** What was just done. */
	result?: 'saved' | 'left';
}

export function preferencesPage(scene: PageScene, shown: Shown): PageResponse {
	const { preferences: say } = TEXTS[scene.language];
	const { view, result } = shown;
	const told = result === undefined ? '' : result === 'left' ? say.left : view.unmet.length > 0 ? say.partly : say.saved;
	const intro = view.address === null ? escapeHtml(say.introBare) : filledHtml(say.intro, { address: view.address });
	// autofocus, since nothing else is read out when a page loads: whoever cannot see hears the result first.
	const notice = told === '' ? '' : view.unmet.length > 0 ? unmetSummary(say, view, scene.language, told)
		: `<p class="result" id="result" role="status" aria-live="polite" tabindex="-1" autofocus>${escapeHtml(told)}</p>`;
	const main = `<main class="wide">${notice}<h1>${escapeHtml(say.title)}</h1><p>${intro}</p>
<form method="post" class="choices">
${hidden(view, shown)}${topics(say, view)}${channels(say, view)}${frequency(say, view)}${pause(say, view, scene.language)}${messageLanguage(say, view, shown.languages)}${privacy(say, shown)}
<div class="actions"><button type="submit" name="${FIELD.action}" value="${SAVE}">${escapeHtml(say.save)}</button></div>
</form>
<form method="post" class="leave"><button type="submit" class="quiet" name="${FIELD.action}" value="${LEAVE_ALL}" aria-describedby="leave-hint">${escapeHtml(say.leaveAll)}</button>
<p class="hint" id="leave-hint">${escapeHtml(say.leaveAllHint)}</p></form></main>`;
	return document(scene, 200, told === '' ? say.title : `${told} ${say.title}`, main);
}

/** What could not be stored and why, each a link to the box that would mend it. */
function unmetSummary(say: Say, { unmet }: CentreView, language: Language, heading: string): string {
	const names = new Intl.ListFormat(TAGS[language], { type: 'disjunction' });
	const lines = unmet.map(({ name, channels }) => {
		const text = filledHtml(say.needsChannel, { topic: name, channels: names.format(channels.map((channel) => say.channel[channel])) });
		return `<li><a href="#${channelId(channels[0] ?? '')}">${text}</a></li>`;
	});
	return `<div class="result wrong" id="result" role="alert" tabindex="-1" autofocus><h2>${escapeHtml(heading)}</h2><ul>${lines.join('')}</ul></div>`;
}

const channelId = (channel: string): string => `channel-${channel}`;

/**
 * The unsubscribe page never expires: an old mail must not keep anybody subscribed. `resend`: a new link can be had by mail; it is
 * never shown here, since whoever holds the old one need not be who it was sent to.
 */
export function expiredPage(scene: PageScene, { unsubscribeHref, resend }: { unsubscribeHref: string | null; resend: boolean }): PageResponse {
	const { trouble, unsubscribe } = TEXTS[scene.language];
	const away = unsubscribeHref === null ? {} : { away: { label: unsubscribe.leave, href: unsubscribeHref } };
	const buttons = resend ? { buttons: [{ label: trouble.resend, name: FIELD.action, value: RESEND }] } : {};
	return framed(scene, 410, { title: trouble.expired, text: escapeHtml(resend ? trouble.expiredResend : trouble.expiredText), answer: true, ...away, ...buttons });
}

export function resentPage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 200, { title: say.resent, text: escapeHtml(say.resentText), answer: true });
}

export function notStoredPage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 503, { title: say.failed, text: escapeHtml(say.notSaved), answer: true });
}

type Say = Texts['preferences'];

function hidden(view: CentreView, { privacySignal, languages }: Shown): string {
	const was = [
		...view.topics.map((one) => `topic:${one.key}:${one.on ? 1 : 0}`), ...view.channels.map((one) => `channel:${one.channel}:${one.on ? 1 : 0}`),
		...(privacySignal ? [] : [`sale::${view.doNotSell ? 1 : 0}`]), `frequency:${view.maxPerWeek ?? ''}:`, `language:${chosenLanguage(view, languages) ?? ''}:`,
	];
	return was.map((value) => `<input type="hidden" name="${FIELD.was}" value="${escapeHtml(value)}">`).join('');
}

interface Row {
	type: 'checkbox' | 'radio';
	name: string;
	value: string;
	label: string;
	on: boolean;
	note?: string | null;
	disabled?: boolean;
	id?: string;
	/** What is asked for cannot be had as the form stands; the summary says why. */
	invalid?: boolean;
}

function row({ type, name, value, label, on, note = null, disabled = false, id, invalid = false }: Row): string {
	const small = note === null || note === '' ? '' : `<small>${escapeHtml(note)}</small>`;
	const more = `${on ? ' checked' : ''}${disabled ? ' disabled' : ''}${invalid ? ' aria-invalid="true" aria-describedby="result"' : ''}`;
	return `<label class="row"><input${id === undefined ? '' : ` id="${id}"`} type="${type}" name="${name}" value="${escapeHtml(value)}"${more}><span>${escapeHtml(label)}${small}</span></label>`;
}

function group(legend: string, hint: string | null, id: string, rows: string): string {
	const described = hint === null ? '' : ` aria-describedby="${id}-hint"`;
	return `<fieldset${described}><legend>${escapeHtml(legend)}</legend>${hint === null ? '' : `<p class="hint" id="${id}-hint">${escapeHtml(hint)}</p>`}${rows}</fieldset>`;
}

function topics(say: Say, view: CentreView): string {
	if (view.topics.length === 0) return '';
	const unmet = new Set(view.unmet.map(({ key }) => key));
	return group(say.topics, say.topicsHint, 'topics', view.topics.map((one) => row({
		type: 'checkbox', name: FIELD.topic, value: one.key, label: one.name, on: one.on || unmet.has(one.key), invalid: unmet.has(one.key),
		note: [one.description, one.pending ? say.pending : null].filter((text) => text !== null && text !== '').join(' · '),
	})).join(''));
}

function channels(say: Say, view: CentreView): string {
	if (view.channels.length === 0) return '';
	return group(say.channels, null, 'channels', view.channels.map((one) =>
		row({ type: 'checkbox', name: FIELD.channel, value: one.channel, id: channelId(one.channel), label: say.channel[one.channel], on: one.on, note: one.pending ? say.pending : null })).join(''));
}

function frequency(say: Say, { maxPerWeek }: CentreView): string {
	const choices = [...new Set([...A_WEEK, ...(maxPerWeek === null ? [] : [maxPerWeek])])].sort((a, b) => b - a);
	return group(say.frequency, null, 'frequency', [
		row({ type: 'radio', name: FIELD.frequency, value: '', label: say.asItComes, on: maxPerWeek === null }),
		...choices.map((n) => row({ type: 'radio', name: FIELD.frequency, value: String(n), label: n === 1 ? say.onceAWeek : filled(say.timesAWeek, { n }), on: maxPerWeek === n })),
	].join(''));
}

interface Option {
	value: string;
	label: string;
	on?: boolean;
	lang?: string;
}

function select(name: string, label: string, hint: string | null, options: readonly Option[]): string {
	const all = options.map((one) => `<option value="${escapeHtml(one.value)}"${one.on === true ? ' selected' : ''}${one.lang === undefined ? '' : ` lang="${one.lang}"`}>${escapeHtml(one.label)}</option>`).join('');
	const described = hint === null ? '' : ` aria-describedby="${name}-hint"`;
	return `<div class="field"><label class="head" for="${name}">${escapeHtml(label)}</label>${hint === null ? '' : `<p class="hint" id="${name}-hint">${escapeHtml(hint)}</p>`}<select id="${name}" name="${name}"${described}>${all}</select></div>`;
}

function pause(say: Say, { pausedUntilMs, zone }: CentreView, language: Language): string {
	const now = pausedUntilMs === null
		? [{ value: '', label: say.noPause, on: true }]
		: [{ value: '', label: filled(say.pausedUntil, { date: day(pausedUntilMs, zone, language) }), on: true }, { value: '0', label: say.endPause }];
	return select(FIELD.pause, say.pause, say.pauseHint, [...now, ...PAUSES.map((n) => ({ value: String(n), label: filled(say.pauseDays, { n }) }))]);
}

function day(ms: number, zone: string, language: Language): string {
	return new Intl.DateTimeFormat(TAGS[language], { dateStyle: 'long', timeZone: zone }).format(ms);
}

/** Languages that messages can be asked for in. */
export function offeredLanguages(languages: readonly string[]): readonly string[] {
	return languages.length > 1 ? languages : LANGUAGES;
}

/** Of those offered: the person's own, else one that is the same without its region. */
function chosenLanguage({ language }: CentreView, languages: readonly string[]): string | null {
	if (language === null) return null;
	const all = offeredLanguages(languages);
	return all.find((tag) => tag.toLowerCase() === language.toLowerCase()) ?? all.find((tag) => spoken(tag) !== null && spoken(tag) === spoken(language)) ?? null;
}

function messageLanguage(say: Say, view: CentreView, languages: readonly string[]): string {
	const chosen = chosenLanguage(view, languages);
	const options = offeredLanguages(languages).map((tag): Option => {
		const own = spoken(tag);
		return { value: tag, label: own === null ? tag : OWN_NAMES[own], on: tag === chosen, ...(own === null ? {} : { lang: TAGS[own] }) };
	});
	return select(FIELD.language, say.language, null, [...(chosen === null ? [{ value: '', label: say.anyLanguage, on: true }] : []), ...options]);
}

function privacy(say: Say, { view, privacySignal }: Shown): string {
	const box: Row = privacySignal
		? { type: 'checkbox', name: FIELD.sale, value: '1', label: say.doNotSell, on: true, note: say.signal, disabled: true }
		: { type: 'checkbox', name: FIELD.sale, value: '1', label: say.doNotSell, on: view.doNotSell };
	return group(say.privacy, null, 'privacy', row(box));
}
