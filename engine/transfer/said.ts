import { sql } from 'kysely';

import type { Said } from '../profiles';
import type { Tx } from '../store';
import { hashOf, identityKey, NOTE, readNote, writeNotes, type StoredNote } from './journal';

/** No hash is equal to this: the attribute, or all that an import gave to somebody it made, counts as changed. */
const SAID = 'said';

/**
 * What an import brought, and somebody else says again, is theirs from then on: undoing the import leaves it. Marked when it is said,
 * since nothing about the person changes then. One statement, as long as no import of the last 30 days is concerned
 * and no event has been sent again.
 */
export async function noteSaid(tx: Tx, said: readonly Said[]): Promise<void> {
	const messages = said.flatMap(({ message }) => (message === undefined ? [] : [message]));
	if (messages.length > 0) await tx.run(sql`update import_event set said = 1 where (profile, event) in (select e.profile, e.id from event e where ${tx.dialect.anyOf(sql.ref('e.message_id'), messages)})`);
	const told = said.filter(({ identities, attributes }) => identities.length > 0 || Object.keys(attributes).length > 0);
	if (told.length === 0) return;
	const rows = await tx.all(
		sql<StoredNote & { import: string }>`select p.import, ${NOTE} from import_person p where ${tx.dialect.anyOf(sql.ref('p.profile'), [...new Set(told.map(({ profile }) => profile))])}`,
	);
	for (const row of rows) {
		const note = readNote(row);
		const own = told.filter(({ profile }) => profile === note.profile);
		const keys = new Set(own.flatMap(({ identities }) => identities).map(identityKey));
		const again = own.flatMap(({ attributes }) => Object.entries(attributes)).filter(([name, value]) => Object.hasOwn(note.before, name) && note.after[name] === hashOf(value ?? undefined)).map(([name]) => name);
		const found = note.identities.filter((identity) => identity.said !== true && keys.has(identityKey(identity)));
		const whole = note.created && note.after[''] !== SAID && own.some(({ attributes }) => Object.keys(attributes).length > 0);
		if (again.length === 0 && found.length === 0 && !whole) continue;
		if (whole) note.after[''] = SAID;
		for (const name of again) note.after[name] = SAID;
		for (const identity of found) identity.said = true;
		await writeNotes(tx, row.import, [{ ...note, created: note.created ? 1 : 0 }]);
	}
}
