/** Services that sign nothing are given a secret in the address of their callbacks: whoever does not know it is not believed. */
export function withKey(callbackUrl: string, key: string | undefined): string {
	if (key === undefined || key === '') return callbackUrl;
	return `${callbackUrl}${callbackUrl.includes('?') ? '&' : '?'}key=${encodeURIComponent(key)}`;
}
