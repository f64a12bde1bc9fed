export type ImportedReason = 'hard-bounce' | 'complaint' | 'manual';

/**
 * Why an address is suppressed, from the words of other systems ('cleaned' is Mailchimp's for bounced too often), in lower case. One list
 * for every way in: a file of suppressions and a file of people must not read the same word as two things. null: it is not ('no', '[]', …).
 */
export function reasonInWords(word: string): ImportedReason | null {
	if (/^(\[\s*\]|no|n|false|0|none|never|)$/.test(word)) return null;
	if (/complain|spam|abuse/.test(word)) return 'complaint';
	return /bounce|invalid|clean|undeliver/.test(word) ? 'hard-bounce' : 'manual';
}
