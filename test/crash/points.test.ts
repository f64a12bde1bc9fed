import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

import { ELSEWHERE, LIFE_OF_A_TOKEN, RUNTIME, SURROUNDINGS } from './points';

const ENGINE = join(__dirname, '..', '..', 'engine');
const TRIED = [...LIFE_OF_A_TOKEN, ...SURROUNDINGS];

describe('the points at which a process is killed', () => {
	const found = transactions(ENGINE);

	it('are before and after every commit of journeys, messages, alerts and experiments', () => {
		const named = found.filter(({ domain }) => RUNTIME.includes(domain));

		expect(named.length).toBeGreaterThan(50);
		expect(named.filter(({ name }) => !TRIED.includes(name))).toEqual([]);
	});

	it('leave out of the other domains only what there is a reason for', () => {
		const left = found.filter(({ domain, name }) => !RUNTIME.includes(domain) && ![...TRIED, ...Object.values(ELSEWHERE).flat()].includes(name));

		expect(left).toEqual([]);
	});

	it('are decided once each, and for transactions that there are', () => {
		const decided = [...TRIED, ...Object.values(ELSEWHERE).flat()];

		expect(decided.filter((name, at) => decided.indexOf(name) !== at)).toEqual([]);
		expect(decided.filter((name) => !found.some((one) => one.name === name))).toEqual([]);
	});
});

describe('the reader of transactions', () => {
	it('finds those of a store wherever it is kept, also by a name that a function is given, and cannot be passed by with one that is made', () => {
		const text = `
			await store.tx('one', work); await this.deps.store.tx('two', work); await deps.store.tx(kind ? 'three' : 'four', work);
			async function each(name: string) { await store.tx(name, work); }
			await each('five');
			await store.tx(\`six\`, work);
			await store.tx('se' + 'ven', work);
			await tx.run('no'); await store.read(work);`;

		expect(namesIn(text)).toEqual(['one', 'two', 'three', 'four', 'five', 'six', `'se' + 'ven'`]);
	});
});

interface Transaction {
	domain: string;
	file: string;
	name: string;
}

function transactions(folder: string): Transaction[] {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)))
		.flatMap((file) => namesIn(readFileSync(join(folder, file), 'utf8')).map((name) => ({ domain: file.split('/')[0] ?? '', file, name })));
}

/** First arguments of `….tx(name, …)`: their texts; what a parameter stands for is read off the calls of its function; else the expression as it is written. */
function namesIn(text: string): string[] {
	const source = ts.createSourceFile('engine.ts', text, ts.ScriptTarget.Latest, true);
	const calls: ts.CallExpression[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isCallExpression(node)) calls.push(node);
		ts.forEachChild(node, visit);
	};
	visit(source);
	return calls.filter(({ expression }) => ts.isPropertyAccessExpression(expression) && expression.name.text === 'tx').flatMap(({ arguments: [name] }) => (name === undefined ? [] : textsOf(name, calls)));
}

function textsOf(name: ts.Expression, calls: readonly ts.CallExpression[]): string[] {
	if (ts.isStringLiteralLike(name)) return [name.text];
	if (ts.isConditionalExpression(name)) return [...textsOf(name.whenTrue, calls), ...textsOf(name.whenFalse, calls)];
	const given = ts.isIdentifier(name) ? givenTo(name, calls) : [];
	return given.length > 0 ? given : [name.getText()];
}

function givenTo(name: ts.Identifier, calls: readonly ts.CallExpression[]): string[] {
	for (let node: ts.Node = name; node.parent !== undefined; node = node.parent) {
		if (!ts.isFunctionDeclaration(node) || node.name === undefined) continue;
		const called = node.name.text;
		const place = node.parameters.findIndex((parameter) => parameter.name.getText() === name.text);
		if (place < 0) continue;
		return calls.filter(({ expression }) => expression.getText() === called).flatMap((call) => {
			const argument = call.arguments[place];
			return argument === undefined ? [] : textsOf(argument, calls);
		});
	}
	return [];
}
