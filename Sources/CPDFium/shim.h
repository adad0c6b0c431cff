// SPDX-License-Identifier: Apache-2.0
//
// The part of PDFium's public C interface that Recto uses, declared here because the library that we take out of
// a wheel comes without headers. Facts (names, types, values) follow PDFium build 8149.
#pragma once

typedef struct fpdf_document_t__ *FPDF_DOCUMENT;
typedef struct fpdf_page_t__ *FPDF_PAGE;
typedef struct fpdf_bitmap_t__ *FPDF_BITMAP;
typedef struct fpdf_bookmark_t__ *FPDF_BOOKMARK;
typedef struct fpdf_dest_t__ *FPDF_DEST;
typedef struct fpdf_action_t__ *FPDF_ACTION;

typedef struct {
    int version;  // 2
    const char **m_pUserFontPaths;
    void *m_pIsolate;
    unsigned int m_v8EmbedderSlot;
    void *m_pPlatform;
    int m_RendererType;  // 0: AGG
} FPDF_LIBRARY_CONFIG;

typedef struct {
    unsigned long m_FileLen;
    // Fills `buffer` with `size` bytes from `position`; 0 means failure.
    int (*m_GetBlock)(void *param, unsigned long position, unsigned char *buffer, unsigned long size);
    void *m_Param;
} FPDF_FILEACCESS;

typedef struct {
    float width;
    float height;
} FS_SIZEF;

typedef struct {
    float a, b, c, d, e, f;
} FS_MATRIX;

typedef struct {
    float left, top, right, bottom;
} FS_RECTF;

typedef struct IFSDK_PAUSE_ {
    int version;  // 1
    int (*NeedToPauseNow)(struct IFSDK_PAUSE_ *self);
    void *user;
} IFSDK_PAUSE;

enum {
    FPDF_ANNOT = 0x01,
    FPDFBitmap_BGRx = 3,
    FPDF_ERR_SUCCESS = 0,
    FPDF_ERR_UNKNOWN = 1,
    FPDF_ERR_FILE = 2,
    FPDF_ERR_FORMAT = 3,
    FPDF_ERR_PASSWORD = 4,
    FPDF_ERR_SECURITY = 5,
    FPDF_ERR_PAGE = 6,
    FPDF_RENDER_READY = 0,
    FPDF_RENDER_TOBECONTINUED = 1,
    FPDF_RENDER_DONE = 2,
    FPDF_RENDER_FAILED = 3,
};

void FPDF_InitLibraryWithConfig(const FPDF_LIBRARY_CONFIG *config);
unsigned long FPDF_GetLastError(void);

FPDF_DOCUMENT FPDF_LoadCustomDocument(FPDF_FILEACCESS *access, const char *password);
void FPDF_CloseDocument(FPDF_DOCUMENT document);
int FPDF_GetPageCount(FPDF_DOCUMENT document);
int FPDF_GetPageSizeByIndexF(FPDF_DOCUMENT document, int index, FS_SIZEF *size);

// Copying pages into another document, and writing one.

typedef struct FPDF_FILEWRITE_ {
    int version;  // 1
    int (*WriteBlock)(struct FPDF_FILEWRITE_ *writer, const void *data, unsigned long size);
} FPDF_FILEWRITE;

int FPDF_GetFileVersion(FPDF_DOCUMENT document, int *version);
FPDF_DOCUMENT FPDF_CreateNewDocument(void);
int FPDF_ImportPagesByIndex(
    FPDF_DOCUMENT destination, FPDF_DOCUMENT source, const int *pages, unsigned long count, int at);
int FPDF_SaveAsCopy(FPDF_DOCUMENT document, FPDF_FILEWRITE *writer, unsigned int flags);
unsigned long FPDF_GetMetaText(FPDF_DOCUMENT document, const char *tag, void *buffer, unsigned long length);
unsigned long FPDF_GetPageLabel(FPDF_DOCUMENT document, int index, void *buffer, unsigned long length);

FPDF_PAGE FPDF_LoadPage(FPDF_DOCUMENT document, int index);
void FPDF_ClosePage(FPDF_PAGE page);
float FPDF_GetPageWidthF(FPDF_PAGE page);
float FPDF_GetPageHeightF(FPDF_PAGE page);
int FPDFPage_GetRotation(FPDF_PAGE page);
int FPDFPage_CountObjects(FPDF_PAGE page);

FPDF_BITMAP FPDFBitmap_CreateEx(int width, int height, int format, void *first_scan, int stride);
void FPDFBitmap_Destroy(FPDF_BITMAP bitmap);
int FPDF_RenderPageBitmap_Start(
    FPDF_BITMAP bitmap, FPDF_PAGE page, int start_x, int start_y, int size_x, int size_y, int rotate, int flags,
    IFSDK_PAUSE *pause);
int FPDF_RenderPage_Continue(FPDF_PAGE page, IFSDK_PAUSE *pause);
void FPDF_RenderPage_Close(FPDF_PAGE page);
void FPDF_RenderPageBitmapWithMatrix(
    FPDF_BITMAP bitmap, FPDF_PAGE page, const FS_MATRIX *matrix, const FS_RECTF *clipping, int flags);

FPDF_BOOKMARK FPDFBookmark_GetFirstChild(FPDF_DOCUMENT document, FPDF_BOOKMARK parent);
FPDF_BOOKMARK FPDFBookmark_GetNextSibling(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
unsigned long FPDFBookmark_GetTitle(FPDF_BOOKMARK bookmark, void *buffer, unsigned long length);
FPDF_DEST FPDFBookmark_GetDest(FPDF_DOCUMENT document, FPDF_BOOKMARK bookmark);
FPDF_ACTION FPDFBookmark_GetAction(FPDF_BOOKMARK bookmark);
FPDF_DEST FPDFAction_GetDest(FPDF_DOCUMENT document, FPDF_ACTION action);
int FPDFDest_GetDestPageIndex(FPDF_DOCUMENT document, FPDF_DEST destination);

typedef struct fpdf_pageobject_t__ *FPDF_PAGEOBJECT;

typedef struct {
    unsigned int width, height;
    float horizontal_dpi, vertical_dpi;
    unsigned int bits_per_pixel;
    int colorspace;
    int marked_content_id;
} FPDF_IMAGEOBJ_METADATA;

enum { FPDF_PAGEOBJ_IMAGE = 3, FPDF_PAGEOBJ_FORM = 5 };

FPDF_PAGEOBJECT FPDFPage_GetObject(FPDF_PAGE page, int index);
int FPDFPageObj_GetType(FPDF_PAGEOBJECT object);
int FPDFPageObj_GetBounds(FPDF_PAGEOBJECT object, float *left, float *bottom, float *right, float *top);
int FPDFFormObj_CountObjects(FPDF_PAGEOBJECT form);
FPDF_PAGEOBJECT FPDFFormObj_GetObject(FPDF_PAGEOBJECT form, unsigned long index);
int FPDFImageObj_GetImageFilterCount(FPDF_PAGEOBJECT image);
unsigned long FPDFImageObj_GetImageFilter(FPDF_PAGEOBJECT image, int index, void *buffer, unsigned long length);
int FPDFImageObj_GetImageMetadata(FPDF_PAGEOBJECT image, FPDF_PAGE page, FPDF_IMAGEOBJ_METADATA *metadata);

// Text. Indices count the characters of a text page, among them those that PDFium adds between words and lines.

typedef struct fpdf_textpage_t__ *FPDF_TEXTPAGE;

FPDF_TEXTPAGE FPDFText_LoadPage(FPDF_PAGE page);
void FPDFText_ClosePage(FPDF_TEXTPAGE text);
int FPDFText_CountChars(FPDF_TEXTPAGE text);
unsigned int FPDFText_GetUnicode(FPDF_TEXTPAGE text, int index);
int FPDFText_GetCharBox(FPDF_TEXTPAGE text, int index, double *left, double *right, double *bottom, double *top);
// The glyph's advance by the font's ascent and descent.
int FPDFText_GetLooseCharBox(FPDF_TEXTPAGE text, int index, FS_RECTF *box);

int FPDF_GetPageBoundingBox(FPDF_PAGE page, FS_RECTF *box);

// Links and destinations.

typedef struct fpdf_link_t__ *FPDF_LINK;

typedef struct {
    float x1, y1, x2, y2, x3, y3, x4, y4;
} FS_QUADPOINTSF;

enum {
    PDFACTION_GOTO = 1,
    PDFACTION_URI = 3,
    PDFDEST_VIEW_XYZ = 1,
    PDFDEST_VIEW_FITH = 3,
    PDFDEST_VIEW_FITR = 5,
    PDFDEST_VIEW_FITBH = 7,
};

int FPDFLink_Enumerate(FPDF_PAGE page, int *position, FPDF_LINK *link);
FPDF_DEST FPDFLink_GetDest(FPDF_DOCUMENT document, FPDF_LINK link);
FPDF_ACTION FPDFLink_GetAction(FPDF_LINK link);
int FPDFLink_GetAnnotRect(FPDF_LINK link, FS_RECTF *box);
int FPDFLink_CountQuadPoints(FPDF_LINK link);
int FPDFLink_GetQuadPoints(FPDF_LINK link, int index, FS_QUADPOINTSF *points);
unsigned long FPDFAction_GetType(FPDF_ACTION action);
unsigned long FPDFAction_GetURIPath(FPDF_DOCUMENT document, FPDF_ACTION action, void *buffer, unsigned long length);
// `params` takes four values, of which `count` are set.
unsigned long FPDFDest_GetView(FPDF_DEST destination, unsigned long *count, float *params);
int FPDFDest_GetLocationInPage(
    FPDF_DEST destination, int *has_x, int *has_y, int *has_zoom, float *x, float *y, float *zoom);

// Forms.

typedef struct fpdf_form_handle_t__ *FPDF_FORMHANDLE;

// The callbacks are pointers to functions, of which we set none: nobody fills in anything here.
typedef struct {
    int version;  // 2
    void *callbacks[15];
    void *m_pJsPlatform;
    int xfa_disabled;
    void *more_callbacks[17];
} FPDF_FORMFILLINFO;

enum { FORMTYPE_NONE = 0 };

int FPDF_GetFormType(FPDF_DOCUMENT document);
FPDF_FORMHANDLE FPDFDOC_InitFormFillEnvironment(FPDF_DOCUMENT document, FPDF_FORMFILLINFO *info);
void FPDFDOC_ExitFormFillEnvironment(FPDF_FORMHANDLE form);
void FORM_OnAfterLoadPage(FPDF_PAGE page, FPDF_FORMHANDLE form);
void FORM_OnBeforeClosePage(FPDF_PAGE page, FPDF_FORMHANDLE form);
void FPDF_SetFormFieldHighlightAlpha(FPDF_FORMHANDLE form, unsigned char alpha);
void FPDF_FFLDraw(
    FPDF_FORMHANDLE form, FPDF_BITMAP bitmap, FPDF_PAGE page, int start_x, int start_y, int size_x, int size_y,
    int rotate, int flags);
