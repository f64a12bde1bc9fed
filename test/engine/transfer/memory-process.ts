import transfer from '../../../bench/transfer';

/** node --expose-gc memory-process.ts [--rows=…] [--buffer]: `npm run bench -- transfer` as far as its result, as JSON. */
async function main(flags: readonly string[]): Promise<void> {
	const options = Object.fromEntries(flags.map((flag): [string, string] => {
		const [, name = '', value = 'true'] = /^--([^=]*)(?:=(.*))?$/.exec(flag) ?? [];
		return [name, value];
	}));
	process.stdout.write(JSON.stringify(await transfer(options)));
}

void main(process.argv.slice(2));
