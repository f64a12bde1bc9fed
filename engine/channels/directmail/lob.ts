import { fieldsOf, textOf as textIn } from '../callbacks/reading';
import { createHttpClient, type HttpAnswer, type HttpCall, type HttpClient, type HttpFailure } from '../http';
import type { SendOutcome } from '../types';
import type { Artwork, DirectMailProvider, LobConfig, OutgoingMailpiece, PostalAddress } from './types';

const BASE_URL = 'https://api.lob.com/v1';
const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;
/** Lob's limit of a name or company on the piece (API reference, Addresses); longer ones are cut, since the letter still arrives. */
const LONGEST_NAME = 40;

export const NOTHING_PRINTED = 'Lob test environment: nothing is printed';

/** Names in Lob's metadata, which its webhooks give back. */
export const MESSAGE_MARK = 'journeys_message';
export const ADDRESS_MARK = 'journeys_address';

type Kind = 'dead' | 'permanent' | 'design' | 'account';

/** Codes of a refused call (API reference, Errors). design: of what is printed, which is the same for everybody unless each brings a file. */
const CODES: Readonly<Record<string, [Kind, string]>> = {
	failed_deliverability_strictness: ['dead', 'The postal address cannot be delivered to, by the strictness that is set in Lob (Settings, Account)'],
	address_length_exceeds_limit: ['permanent', 'The lines of the postal address are longer than 50 characters together'],
	invalid_country_covid: ['permanent', 'The post of this country takes nothing for now'],
	invalid_international_feature: ['permanent', 'Lob does not send this kind of mail to this country'],
	merge_variable_required: ['permanent', 'The template wants a merge variable that is not given'],
	merge_variable_whitespace: ['design', 'A merge variable has a name with a blank in it'],
	special_characters_restricted: ['design', 'A merge variable has a name with a character that Lob does not take'],
	invalid_template_html: ['design', 'The HTML cannot be used'],
	invalid_file: ['design', 'The file cannot be read'],
	invalid_file_dimensions: ['design', 'The file has another size than the mail'],
	invalid_file_download_time: ['design', 'Lob could not load the file in time'],
	invalid_file_url: ['design', 'The address of the file cannot be used'],
	invalid_image_dpi: ['design', 'The picture has less than 300 dpi'],
	inconsistent_page_dimensions: ['design', 'The pages of the file have different sizes'],
	file_pages_below_min: ['design', 'The file has too few pages'],
	file_pages_exceed_max: ['design', 'The file has too many pages'],
	file_size_exceeds_limit: ['design', 'The file is too large'],
	pdf_encrypted: ['design', 'The PDF is encrypted'],
	unembedded_fonts: ['design', 'The PDF has fonts that are not embedded'],
	foreign_return_address: ['account', 'The sender\'s address is not in the US, as it must be'],
	mail_use_type_can_not_be_null: ['account', 'Lob wants to know whether this is marketing'],
	custom_envelope_inventory_depleted: ['account', 'There are no more envelopes of this kind at Lob'],
	billing_address_required: ['account', 'The Lob account has no billing address. Add it in Lob under Settings, Billing'],
	payment_method_unverified: ['account', 'The Lob account has no verified way to pay. Add it in Lob under Settings, Billing'],
	feature_limit_reached: ['account', 'The Lob account has reached its limit'],
	email_required: ['account', 'The email address of the Lob account is not verified'],
	publishable_key_not_allowed: ['account', 'The key is a publishable one. Put the secret key into the credential'],
	unsupported_lob_version: ['account', 'Lob does not know the version of its API that the credential names'],
};

/**
 * Lob's Print & Mail API (https://docs.lob.com): one call a piece. Idempotency keys hold for 24 hours: a call that is lost is repeated with its key within the time of the
 * send, and never later, since a piece that waits may wait for longer than that. Each piece costs money, so what is unclear is never made again.
 */
export function createLobProvider(config: LobConfig): DirectMailProvider {
	const client = createHttpClient({
		service: 'Lob', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `Basic ${Buffer.from(`${config.apiKey}:`).toString('base64')}`, ...(config.version === undefined ? {} : { 'lob-version': config.version }) },
		connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS, secrets: [config.apiKey], unclear503: true,
	});
	return {
		name: 'lob',
		async send(message) {
			const result = withReset(await client.call({ ...callOf(message), headers: { 'idempotency-key': message.id }, repeatWhen: isUnfinished }));
			const id = result.kind === 'answer' && result.status >= 200 && result.status < 300 ? textIn(fieldsOf(result.body).id) : null;
			return id === null ? outcomeOf(client, result, message) : { kind: 'accepted', providerId: id, ...(isTestKey(config) ? { note: NOTHING_PRINTED } : {}) };
		},
		async verify() {
			client.requireOk(await client.call({ method: 'GET', path: '/postcards', query: { limit: '1' } }), saidIn);
		},
		close: () => Promise.resolve(client.close()),
	};
}

export function isTestKey({ apiKey }: Pick<LobConfig, 'apiKey'>): boolean {
	return apiKey.startsWith('test_');
}

function callOf(message: OutgoingMailpiece): HttpCall {
	const { piece } = message;
	const artworks: Record<string, Artwork> = piece.kind === 'postcard' ? { front: piece.front, back: piece.back } : { file: piece.file };
	const print = piece.kind === 'postcard'
		? { size: piece.size }
		: { color: piece.color, double_sided: piece.doubleSided, address_placement: piece.addressPlacement, ...(piece.size === 'us_letter' ? {} : { size: piece.size }), ...(piece.extraService === null ? {} : { extra_service: piece.extraService }) };
	const fields = {
		to: addressOf(message.to), ...(message.from === null ? {} : { from: 'id' in message.from ? message.from.id : addressOf(message.from) }),
		...print, mail_type: message.mailType, use_type: message.useType,
		...(Object.keys(message.mergeVariables).length === 0 ? {} : { merge_variables: message.mergeVariables }),
		metadata: { [MESSAGE_MARK]: message.id, [ADDRESS_MARK]: message.address.replace(/["\\]/g, '').slice(0, 500) },
	};
	const path = piece.kind === 'postcard' ? '/postcards' : '/letters';
	const isUpload = Object.values(artworks).some(({ kind }) => kind === 'file');
	return { method: 'POST', path, body: isUpload ? formOf(fields, artworks) : { ...fields, ...Object.fromEntries(Object.entries(artworks).map(([name, artwork]) => [name, textOf(artwork)])) } };
}

function addressOf({ name, company, line1, line2, city, state, postalCode, country }: PostalAddress): Record<string, string> {
	const named = { name: name.slice(0, LONGEST_NAME), company: (company ?? '').slice(0, LONGEST_NAME), address_line1: line1, address_line2: line2 ?? '', address_city: city, address_state: state, address_zip: postalCode, address_country: country };
	return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== ''));
}

function textOf(artwork: Artwork): string {
	switch (artwork.kind) {
		case 'html':
			return artwork.html;
		case 'template':
			return artwork.id;
		case 'url':
			return artwork.url;
		case 'file':
			return artwork.fileName;
	}
}

/** Files go as multipart, with what belongs together as field[name]. */
function formOf(fields: Record<string, unknown>, artworks: Record<string, Artwork>): FormData {
	const form = new FormData();
	for (const [name, value] of Object.entries(fields)) {
		if (typeof value === 'object' && value !== null) for (const [inner, one] of Object.entries(value)) form.append(`${name}[${inner}]`, String(one));
		else form.append(name, String(value));
	}
	for (const [name, artwork] of Object.entries(artworks)) {
		if (artwork.kind === 'file') form.append(name, new Blob([new Uint8Array(artwork.content)], { type: artwork.contentType }), artwork.fileName);
		else form.append(name, textOf(artwork));
	}
	return form;
}

/** The first of two calls with the same key is still being worked on, or took too long for Lob itself. */
function isUnfinished({ status }: HttpAnswer): boolean {
	return status === 409 || status === 408;
}

function saidIn({ body }: HttpAnswer): string | undefined {
	return textIn(fieldsOf(fieldsOf(body).error).message) ?? undefined;
}

function outcomeOf(client: HttpClient, result: HttpAnswer | HttpFailure, message: OutgoingMailpiece): SendOutcome {
	const { to, piece } = message;
	const personal = [to.name, to.company ?? '', to.line1, to.line2 ?? '', to.city, to.postalCode, message.address].filter((text) => text.length > 2);
	if (result.kind === 'failure') return client.outcomeOf(result, { personal, idempotent: false });
	const said = saidIn(result);
	const about = { ...(said === undefined ? {} : { said }), personal };
	if (isUnfinished(result)) return { kind: 'ambiguous', reason: client.reason(`Lob did not say whether it took the piece (${result.status})`, said, personal) };
	const byStatus = client.outcomeOf(result, { ...about, idempotent: false });
	const [kind, what] = CODES[textIn(fieldsOf(fieldsOf(result.body).error).code) ?? ''] ?? [];
	if (kind === undefined || what === undefined || result.status >= 500 || result.status === 429) return byStatus;
	const reason = client.reason(what, said, personal);
	if (kind === 'dead') return { kind: 'permanent', reason, deadAddress: true };
	if (kind === 'account' || (kind === 'design' && isForEverybody(piece))) return { kind: 'account', reason };
	return { kind: 'permanent', reason };
}

/** What is wrong with a design that all share is no person's fault: they wait until it is mended. */
function isForEverybody(piece: OutgoingMailpiece['piece']): boolean {
	return (piece.kind === 'postcard' ? [piece.front, piece.back] : [piece.file]).every(({ kind }) => kind !== 'file');
}

/** Lob tells the second (Unix time) from which it takes calls again; told as Retry-After by its own clock. */
function withReset(result: HttpAnswer | HttpFailure): HttpAnswer | HttpFailure {
	if (result.kind === 'failure' || result.status !== 429 || result.headers['retry-after'] !== undefined) return result;
	const seconds = Number(result.headers['ratelimit-reset'] ?? Number.NaN) - Date.parse(result.headers.date ?? '') / 1000;
	return Number.isFinite(seconds) ? { ...result, headers: { ...result.headers, 'retry-after': String(Math.max(1, Math.ceil(seconds))) } } : result;
}
