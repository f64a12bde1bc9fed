import type { IDataObject } from 'n8n-workflow';

import { sumOfMoney } from '../../../../engine';
import type { ExperimentStatus, JourneyStatus, StepStatus } from '../../../../engine';
import { groupBy } from '../../../shared/step';

const NO_MESSAGES = { sent: 0, skipped: 0, failed: 0, unknown: 0, deferred: 0, opened: 0, clicked: 0, machineOpened: 0, machineClicked: 0, delivered: 0, bounced: 0, complained: 0, replied: 0, autoReplied: 0, unsubscribed: 0, segments: 0, cost: null };

/** One row a step, also where two Journey Triggers share a workflow and so each lists all of its steps. */
export function stepRows(journeys: JourneyStatus[], experiments: ExperimentStatus[]): IDataObject[] {
	const of = (step: StepStatus) => experiments.find((one) => one.workflow === step.workflow && one.step === step.step);
	return byWorkflow(journeys).flatMap(({ name, steps, paused }) => steps.map((step) => stepRow({ name, paused }, step, of(step))));
}

/** The workflows with a journey; the name is that of its journeys. */
export function byWorkflow(journeys: JourneyStatus[]): Array<{ workflow: string; name: string; active: number; steps: StepStatus[]; paused: string }> {
	return groupBy(journeys, ({ workflow }) => workflow, String).map(({ key: workflow, items: own }) => ({
		workflow,
		name: own.map(({ name }) => name).join(' + '),
		active: sum(own.map(({ active }) => active)),
		steps: own[0]?.steps ?? [],
		// Of several journeys in one workflow, which of them.
		paused: own.flatMap(({ name, paused }) => (paused === null ? [] : [own.length === 1 ? paused.reason : `${name}: ${paused.reason}`])).join(' '),
	}));
}

/** Every row has the same columns, so that n8n's table shows no holes; people, not items. */
function stepRow(journey: { name: string; paused: string }, step: StepStatus, experiment: ExperimentStatus | undefined): IDataObject {
	return {
		journey: journey.name,
		step: step.name,
		type: step.type,
		entered: step.entered,
		waiting: step.waiting,
		due: step.due,
		held: step.held,
		away: step.away,
		stranded: step.stranded,
		// 'entered' counts who came into a wait; they pass when they leave it.
		passed: sum(Object.entries(step.passed).map(([output, people]) => (output === 'entered' ? 0 : people))),
		passedBy: Object.entries(step.passed)
			.map(([output, people]) => `${output}: ${people}`)
			.join(', '),
		...(step.messages ?? NO_MESSAGES),
		complaintRate: complaintRate([step.messages ?? NO_MESSAGES]),
		// Messages that guards kept back, for example 'quiet hours: 12 waiting'.
		guards: (step.guards ?? []).flatMap(({ guard, skipped, deferred }) => [
			...(skipped > 0 ? [`${guard}: ${skipped} skipped`] : []),
			...(deferred > 0 ? [`${guard}: ${deferred} waiting`] : []),
		]).join(', '),
		medianSeconds: seconds(step.timeInStep?.medianMs),
		p90Seconds: seconds(step.timeInStep?.p90Ms),
		experiment: experiment === undefined ? '' : inShort(experiment),
		problem: step.problem,
		// Empty, or why nobody of the journey goes on.
		paused: journey.paused,
		workflowId: step.workflow,
		stepId: step.step,
	};
}

/** One row a journey: its people, its goals, and the sums over its steps. */
export function journeyRow(journey: JourneyStatus): IDataObject {
	const { steps } = journey;
	const messages = steps.map((step) => step.messages ?? NO_MESSAGES);
	return {
		journey: journey.name,
		entered: journey.entered,
		testRuns: journey.tests,
		active: journey.active,
		completed: journey.completed,
		exited: sum(Object.values(journey.exited)),
		exitReasons: Object.entries(journey.exited)
			.map(([reason, people]) => `${reason}: ${people}`)
			.join(', '),
		waiting: sum(steps.map((step) => step.waiting)),
		due: sum(steps.map((step) => step.due)),
		held: sum(steps.map((step) => step.held)),
		away: sum(steps.map((step) => step.away)),
		stranded: sum(steps.map((step) => step.stranded)),
		sent: sum(messages.map((one) => one.sent)),
		skipped: sum(messages.map((one) => one.skipped)),
		failed: sum(messages.map((one) => one.failed)),
		unknown: sum(messages.map((one) => one.unknown)),
		deferred: sum(messages.map((one) => one.deferred)),
		delivered: sum(messages.map((one) => one.delivered)),
		opened: sum(messages.map((one) => one.opened)),
		clicked: sum(messages.map((one) => one.clicked)),
		machineOpened: sum(messages.map((one) => one.machineOpened)),
		machineClicked: sum(messages.map((one) => one.machineClicked)),
		replied: sum(messages.map((one) => one.replied)),
		autoReplied: sum(messages.map((one) => one.autoReplied)),
		bounced: sum(messages.map((one) => one.bounced)),
		complained: sum(messages.map((one) => one.complained)),
		complaintRate: complaintRate(messages),
		unsubscribed: sum(messages.map((one) => one.unsubscribed)),
		segments: sum(messages.map((one) => one.segments)),
		cost: costOf(messages),
		goals: journey.goals.map((goal) => ({ ...goal })),
		problem: steps.find((step) => step.problem !== null)?.problem ?? null,
		// Empty, or why nobody of it goes on.
		paused: journey.paused?.reason ?? '',
		pausedSince: journey.paused?.since ?? null,
		sendingStopped: journey.sendingStopped,
		workflowId: journey.workflow,
	};
}

/** Percent of what was sent, with two decimals: mailbox providers look askance at 0.1 and refuse from 0.3 on. null: nothing was sent. */
function complaintRate(messages: ReadonlyArray<{ sent: number; complained: number }>): number | null {
	const sent = sum(messages.map((one) => one.sent));
	return sent === 0 ? null : Math.round((sum(messages.map((one) => one.complained)) / sent) * 10_000) / 100;
}

/** null: no step has prices. */
function costOf(messages: ReadonlyArray<{ cost: string | null }>): string | null {
	const costs = messages.flatMap(({ cost }) => (cost === null ? [] : [cost]));
	return costs.length === 0 ? null : sumOfMoney(costs);
}

function sum(numbers: number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}

function seconds(ms: number | undefined): number | null {
	return ms === undefined ? null : ms / 1000;
}

/** For one cell of the table; Get Experiments has all of it. */
function inShort({ mode, paths, winner }: ExperimentStatus): string {
	if (mode === 'percentages') return paths.map(({ name, people }) => `${name}: ${people}`).join(', ');
	const results = paths.map(({ name, rate, matured }) => `${name}: ${rate === null ? 'nobody yet' : `${percent(rate)} % of ${matured}`}`).join(', ');
	return winner === null ? results : `${results}; winner: ${winner.name}`;
}

/** One decimal. */
export function percent(part: number): number {
	return Math.round(part * 1000) / 10;
}
