/** The console's words for the shapes of the server's description, from which `npm run api` makes them. */
import type { components, paths } from "@/api/generated/schema";

export type { paths };

type Shapes = components["schemas"];

export type Text = Shapes["Text"];
export type Person = Shapes["Person"];
export type Coded = Shapes["Coded"];
export type Point = Shapes["Point"];
export type ErrorBody = Shapes["ErrorBody"];

export type Role = Shapes["Role"];
export type InspectionKind = Shapes["InspectionKind"];
export type ReviewState = Shapes["ReviewState"];
export type AnswerState = Shapes["AnswerState"];
export type Grade = Shapes["Grade"];
export type AuditAction = Shapes["Action"];

export type AreaLevel = Shapes["Level"];
export type AreaRow = Shapes["AreaRow"];
export type SiteKind = Shapes["SiteKind"];
export type AssignmentRow = Shapes["AssignmentRow"];
export type SiteRow = Shapes["SiteRow"];
export type Zone = Shapes["ZoneRow"];

export type Session = Shapes["Session"];
export type ServerAbout = Shapes["ServerInfo"];
export type UserRow = Shapes["UserRow"];
export type UserChange = Shapes["UserPatch"];
export type DeviceRow = Shapes["DeviceRow"];

export type Overview = Shapes["Overview"];
export type DistrictFigures = Shapes["DistrictFigures"];
export type FindingPoint = Shapes["FindingPoint"];
export type FindingPoints = Shapes["FindingPoints"];

export type TemplateRef = Shapes["TemplateRef"];
export type TemplateRow = Shapes["TemplateRow"];
export type Template = Shapes["TemplateDetail"];
export type FindingKind = Shapes["KindShape"];
export type Scale = Shapes["ScaleShape"];

export type InspectionRow = Shapes["InspectionRow"];
export type InspectionDetail = Shapes["InspectionDetail"];
export type ItemDetail = Shapes["ItemDetail"];
export type Value = Shapes["ValueDetail"];
export type FindingView = Shapes["FindingDetail"];
export type PhotoView = Shapes["PhotoDetail"];
export type CaseRow = Shapes["CaseRow"];
export type CaseDetail = Shapes["CaseDetail"];
export type CaseEvent = Shapes["CaseEventDetail"];
export type CaseState = Shapes["CaseState"];
export type CaseAct = Shapes["ActKind"];
export type CaseActDraft = Shapes["ActDraft"];
export type Moment = Shapes["Moment"];
export type Past = Shapes["Past"];
export type Difference = Shapes["Difference"];
export type Plan = Shapes["Plan"];
export type AssignmentCalendar = Shapes["AssignmentCalendar"];
export type HeldRow = Shapes["HeldRow"];
export type HeldState = NonNullable<NonNullable<paths["/v1/held"]["get"]["parameters"]["query"]>["state"]>;
export type ConflictRow = Shapes["ConflictRow"];
export type InspectionQuery = NonNullable<paths["/v1/inspections"]["get"]["parameters"]["query"]>;

export type Import = Shapes["Import"];
export type ImportRow = Shapes["ImportRow"];
export type ImportOutcome = Shapes["ImportOutcome"];
export type ImportSubject = Shapes["Subject"];
