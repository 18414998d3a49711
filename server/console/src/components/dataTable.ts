/** A column of a DataTable: its slot's name, the text key of its heading, its width in pixels when it is fixed. */
export interface Column {
  key: string;
  label: string;
  width?: number;
  number?: boolean;
}
