import { sameMessages } from '../../../engine/messages/same-message';
import type { JsonObject } from '../../../engine/kernel';

/** Indexes of the rows, all of one person, that say what an earlier one says. */
function same(rows: readonly JsonObject[], texts: readonly string[] = ['Dear {{ item.name }}, {{ item.what }}']): number[] {
	return [...sameMessages(rows.map((item, index) => ({ profile: 1, item: { index, item, contact: { email: 'ann@example.com', key: `k${index}` } } })), () => texts).keys()];
}

describe('two rows for one person', () => {
	it.each([
		['names in other letters', { name: 'Ann Smith' }, { name: 'ANN SMITH ' }], ['a name of parts', { name: "Jean-Luc O'Hara" }, { name: "jean-luc o'hara" }], ['letters that are not Latin', { name: 'Ярослав' }, { name: 'ЯРОСЛАВ' }],
		['a mail address', { what: 'Ann.1@Example.com' }, { what: 'ann.1@example.com' }], ['within an object', { what: { city: 'Berlin' } }, { what: { city: 'BERLIN' } }], ['within a list', { what: ['Tea', 1] }, { what: ['tea ', 1] }],
		['what is not shown', { name: 'Ann', row: 1 }, { name: 'Ann', row: 2 }],
	])('are one message in %s', (_what, one, other) => {
		expect(same([one, other])).toEqual([1]);
	});

	it.each([
		['vouchers', { what: 'aB3x9' }, { what: 'Ab3x9' }], ['short codes of letters', { what: 'qRs' }, { what: 'QrS' }], ['links', { what: 'https://shop.example/t/aB' }, { what: 'https://shop.example/t/Ab' }],
		['files', { what: 'Bill.PDF7' }, { what: 'bill.pdf7' }], ['codes in a list', { what: ['x1Y'] }, { what: ['X1y'] }], ['names of fields', { what: { a: 1 } }, { what: { A: 1 } }], ['sentences that hold a code', { what: 'Code Ab1' }, { what: 'Code aB1' }],
	])('are two messages where only the letters of their %s differ: the second is not lost', (_what, one, other) => {
		expect(same([one, other])).toEqual([]);
	});

	it.each(['größe', 'Straße_2', 'bezahlt?', '주문번호', 'ordre№', 'naïve-id', 'e\u0301cran'])('are two messages where the field %s of their rows differs, whatever letters its name has', (field) => {
		expect(same([{ [field]: 'A-1' }, { [field]: 'A-2' }], [`{{ item.${field} }}`])).toEqual([]);
		expect(same([{ [field]: 'A-1' }, { [field]: 'A-1' }], [`{{ item.${field} }}`])).toEqual([1]);
	});
});
