/**
 * A postal address as the suppression list has it, in whatever way people write it: capital letters, one blank between words, and no marks that mean nothing
 * ("210 King St., # 6100" is "210 KING ST 6100").
 */
export function normalisePostal(text: string): string {
	return text.normalize('NFKC').toUpperCase().replace(/[.,;#"\\\n\r\t]+/g, ' ').replace(/\s+/g, ' ').trim();
}
