export { CsvRecords, type CsvSink } from './records';
export { DecodedText, encodingOf } from './decoded';
