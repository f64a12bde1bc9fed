import { sql } from 'kysely';

import { addressKindAt, addressKindsOf, normaliseAddress } from '../consent';
import { lockFound, type IdentityOptions } from '../profiles';
import type { Tx } from '../store';
import type { SignedReport } from './types';

/** What reports need of a message's row. */
export interface ReportedMessage {
	id: string;
	/** 0: its person was erased. */
	profile: number;
	enrollment: number | null;
	journey: string | null;
	workflow: string;
	step: string;
	channel: string;
	/** '' is the whole channel. */
	topic: string;
	state: string;
	provider: string | null;
	provider_id: string | null;
	attempted_at: number | null;
	variant: string | null;
	/** 1 for all but test people on a virtual clock. */
	time_scale: number;
}

/** A report with what it is about. Profiles are locked. */
export interface About {
	report: SignedReport;
	/** The message's own, else the report's. */
	channel: string;
	message: ReportedMessage | null;
	/** Whose it is; null: of somebody erased, or of nobody known. */
	profile: number | null;
	/** The address as it is stored, where it is one of theirs. */
	address: string | null;
}

/** Browsers show a token of ours, and so could whoever loads a mail's picture: what they tell is of web push alone. */
const BROWSER = 'webpush';

interface Owner {
	kind: string;
	value: string;
	profile: number;
	created_at: number;
}

/** Whether the channel writes to identities; else an address is somebody's only by the message that went there. */
export function isAddressed(channel: string): boolean {
	return addressKindsOf(channel).length > 0;
}

/**
 * What each report is about: the message by our id, else by the service's; the person by the message, else by the address. A report of a message
 * whose address is somebody else's (a copy went there) is about that person, and not about the message. Locks the profiles, five statements for any number.
 */
export async function findAbout(tx: Tx, reports: readonly SignedReport[], options: IdentityOptions): Promise<About[]> {
	const addresses = reports.map((report) => addressesOf(report, options));
	let messages: ReportedMessage[] = [];
	let owners: Owner[] = [];
	const people = await lockFound(tx, async () => {
		messages = await messagesOf(tx, reports);
		owners = await ownersOf(tx, addresses.flat());
		return [...new Set([...messages, ...owners].map(({ profile }) => profile).filter((profile) => profile !== 0))].sort((a, b) => a - b);
	});
	const alive = new Set((await tx.all(sql<{ id: number }>`select id from profile where ${tx.dialect.anyOf(sql.ref('id'), people)}`)).map(({ id }) => id));
	const byId = new Map(messages.map((message) => [message.id, message]));
	const byProviderId = new Map(messages.filter(({ provider_id: id }) => id !== null).map((message) => [`${message.provider} ${message.provider_id}`, message]));
	const byAddress = new Map(owners.map((owner) => [keyOf(owner), owner.profile]));
	const found = reports.map((report, n): About => {
		const asked = (report.message === null ? undefined : byId.get(report.message)) ?? (report.providerId === null ? undefined : byProviderId.get(`${report.provider} ${report.providerId}`)) ?? null;
		const named = asked !== null && (report.provider !== BROWSER || asked.channel === BROWSER) ? asked : null;
		const given = addresses[n]?.find((one) => byAddress.has(keyOf(one))) ?? addresses[n]?.[0] ?? null;
		const owner = given === null ? null : (byAddress.get(keyOf(given)) ?? null);
		const theirs = named === null || !alive.has(named.profile) ? null : named.profile;
		if (named !== null && theirs !== null && !isAddressed(named.channel)) return { report, channel: named.channel, message: named, profile: theirs, address: namedAddress(report, named) };
		if (named !== null && theirs !== null && (owner === null || owner === theirs)) return { report, channel: named.channel, message: named, profile: theirs, address: owner === null ? null : (given?.value ?? null) };
		// What answers the newest message to a number is of whoever that went to, whose ever the number is by now.
		if (named !== null && theirs !== null && report.match === 'latest' && report.answers === undefined) return { report, channel: named.channel, message: named, profile: theirs, address: owner === null ? null : (given?.value ?? null) };
		// Of a message whose person is gone the ledger counts; an address that is somebody's by now is theirs all the same.
		const message = theirs === null ? named : null;
		return { report, channel: report.channel, message, profile: owner, address: owner === null ? null : (given?.value ?? null) };
	});
	return await withOnlyAddresses(tx, found);
}

async function messagesOf(tx: Tx, reports: readonly SignedReport[]): Promise<ReportedMessage[]> {
	const ids = [...new Set(reports.flatMap(({ message }) => message ?? []))];
	const providerIds = [...new Set(reports.flatMap(({ providerId }) => providerId ?? []))];
	const { anyOf } = tx.dialect;
	const rows = (which: ReturnType<typeof sql<boolean>>) => tx.all(sql<ReportedMessage>`select id, profile, enrollment, journey, workflow, step, channel, topic, state, provider, provider_id, attempted_at, variant,
		coalesce((select e.time_scale from enrollment e where e.id = message.enrollment), 1) as time_scale from message where ${which}`);
	return [
		...(ids.length === 0 ? [] : await rows(anyOf(sql.ref('id'), ids))),
		...(providerIds.length === 0 ? [] : await rows(sql<boolean>`provider_id > '' and provider <> 'smtp' and ${anyOf(sql.ref('provider_id'), providerIds)} and ${anyOf(sql.ref('provider'), [...new Set(reports.map(({ provider }) => provider))])}`)),
	];
}

interface GivenAddress {
	kind: string;
	value: string;
}

async function ownersOf(tx: Tx, addresses: readonly GivenAddress[]): Promise<Owner[]> {
	const asked = [...new Map(addresses.map((address) => [keyOf(address), address] as const)).values()];
	if (asked.length === 0) return [];
	return await tx.all(sql<Owner>`select kind, value, profile, created_at from identity where (kind, value) in (select r.kind, r.value from ${tx.dialect.rows(asked, { kind: 'text', value: 'text' }, 'r')})`);
}

/** As it is written first, then in other ways. Services write phone numbers with their country code, some without the plus before it. */
export function addressesOf({ address, alsoAt = [], channel, provider }: SignedReport, options: IdentityOptions): GivenAddress[] {
	const kind = addressKindAt(channel, provider);
	if (address === null || kind === undefined) return [];
	return [address, ...alsoAt].flatMap((one) => {
		const found = normaliseAddress(channel, kind === 'phone' && /^[1-9]\d{7,14}$/.test(one) ? `+${one}` : one, options);
		return 'address' in found ? [{ kind, value: found.address }] : [];
	});
}

/** Only of post: tokens of devices are their own channel's to forget. */
function namedAddress({ address }: SignedReport, { channel }: ReportedMessage): string | null {
	if (address === null || channel !== 'directmail') return null;
	const found = normaliseAddress(channel, address);
	return 'address' in found ? found.address : null;
}

function keyOf({ kind, value }: GivenAddress): string {
	return `${kind} ${value}`;
}

/** A bounce or complaint that names no address is about the only one that the person had when the message left; of several, nobody can tell which. */
async function withOnlyAddresses(tx: Tx, found: About[]): Promise<About[]> {
	const unnamed = found.filter(({ report: { kind, address }, message, profile }) => (kind === 'bounced' || kind === 'complained') && address === null && message !== null && profile !== null);
	if (unnamed.length === 0) return found;
	const own = await tx.all(sql<Owner>`select kind, value, profile, created_at from identity where ${tx.dialect.anyOf(sql.ref('profile'), [...new Set(unnamed.flatMap(({ profile }) => profile ?? []))])}`);
	return found.map((about) => {
		if (!unnamed.includes(about)) return about;
		// Which of several devices it was, the message does not say; one that is gone is removed and not suppressed.
		const theirs = own.filter(({ kind, profile }) => kind !== 'device' && kind === addressKindAt(about.channel, about.report.provider) && profile === about.profile);
		const [only] = theirs;
		return theirs.length === 1 && only !== undefined && only.created_at <= (about.message?.attempted_at ?? 0) ? { ...about, address: only.value } : about;
	});
}
